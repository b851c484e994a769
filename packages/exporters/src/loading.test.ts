import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const INDEX = new URL('./index.ts', import.meta.url).href

/** Runs a program in a process of its own and returns the costly modules that it loads. */
function loadedBy(program: string): string[] {
  const script = `
    import { registerHooks } from 'node:module'
    const packages = new Set()
    registerHooks({
      load(url, context, next) {
        const name = /node_modules.*?(grpc|otlp|sdk-trace|sdk-metrics|protobufjs)/.exec(url)?.[1]
        if (name) packages.add(name)
        return next(url, context)
      },
    })
    ${program.replaceAll('INDEX', INDEX)}
    const builtins = process.moduleLoadList.filter((name) => /^NativeModule (tls|https|http2|zlib|http)$/.test(name))
    console.log(JSON.stringify([...builtins.map((name) => name.slice(13)), ...packages].sort()))
  `
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

describe('loads', () => {
  it('no module for networks, TLS, compression, gRPC or OTLP at import', () => {
    expect(loadedBy(`await import('INDEX')`)).toEqual([])
  })

  it('only node:http for a metrics server', () => {
    expect(
      loadedBy(`
        const { PrometheusReader, createMetricsServer } = await import('INDEX')
        const server = createMetricsServer({ reader: new PrometheusReader(), port: 0 })
        await server.listen()
        await server.close()
      `),
    ).toEqual(['http'])
  })

  it('the encoder and, for gRPC only, HTTP/2 for an OTLP exporter, synchronously', () => {
    expect(
      loadedBy(`
        const { createOtlpSpanProcessor } = await import('INDEX')
        createOtlpSpanProcessor({ url: 'http://localhost:4317' })
      `),
    ).toEqual(expect.arrayContaining(['otlp', 'http2']))
    expect(
      loadedBy(`
        const { createOtlpMetricExporter } = await import('INDEX')
        createOtlpMetricExporter({ protocol: 'http/protobuf', url: 'http://localhost:4318/v1/metrics' })
      `),
    ).toEqual(expect.not.arrayContaining(['http2', 'https', 'tls', 'zlib']))
  })
})
