import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const INDEX = new URL('./index.ts', import.meta.url).href

/** Runs a program of its own and gives the parts of Node and the packages that it loaded, of those that cost. */
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

describe('what is loaded', () => {
  it('by the import: nothing of networks, TLS, compression, gRPC or OTLP', () => {
    expect(loadedBy(`await import('INDEX')`)).toEqual([])
  })

  it('by a server: node:http alone', () => {
    expect(
      loadedBy(`
        const { PrometheusReader, createMetricsServer } = await import('INDEX')
        const server = createMetricsServer({ reader: new PrometheusReader(), port: 0 })
        await server.listen()
        await server.close()
      `),
    ).toEqual(['http'])
  })

  it('by OTLP in clear text: HTTP/2, or HTTP/1, and the encoder of OTLP, synchronously', () => {
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
