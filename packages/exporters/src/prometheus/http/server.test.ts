import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { afterEach, describe, expect, it } from 'vitest'
import { captureDiagnostics } from '../../testing/diagnostics.ts'
import { type Loopback, request, serve } from '../../testing/loopback.ts'
import { PrometheusReader } from '../reader.ts'
import {
  createMetricsServer,
  isMetricsServer,
  type MetricsServer,
  type MetricsServerOptions,
} from './server.ts'

let running: MetricsServer | undefined
let other: Loopback | undefined

afterEach(async () => {
  await running?.close()
  await other?.close()
  running = undefined
  other = undefined
})

function create(options: Partial<MetricsServerOptions> = {}): MetricsServer {
  const reader = new PrometheusReader({ withoutTargetInfo: true })
  new MeterProvider({ readers: [reader] }).getMeter('m').createUpDownCounter('x').add(1)
  running = createMetricsServer({ reader, port: 0, ...options })
  return running
}

async function portOf(server: MetricsServer): Promise<number> {
  return (await server.listen())?.port ?? 0
}

/** Sends raw bytes and returns the status line of the response. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => {
      text += chunk
      socket.end()
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text.split('\r\n', 1)[0] ?? ''))
  })
}

describe('a metrics server', () => {
  it('listens on loopback and serves metrics, health and readiness only', async () => {
    const server = create()
    const address = await server.listen()
    const port = address?.port ?? 0
    const paths = [
      '/metrics',
      '/metrics?name[]=none',
      '/health',
      '/ready',
      '/',
      '/metrics/',
      '/metricsx',
      '/debug/pprof',
    ]
    const responses = await Promise.all(paths.map((path) => request(port, { path })))
    expect(address?.address).toBe('127.0.0.1')
    expect(responses.map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, '# TYPE x gauge\nx{otel_scope_name="m"} 1\n'],
      [200, ''],
      [200, '{}'],
      [200, '{}'],
      ...Array.from({ length: 4 }, () => [404, 'not found; metrics are at /metrics\n']),
    ])
    expect((await request(port, { path: '/health', method: 'POST' })).status).toBe(405)
    expect((await request(port, { path: '/health', method: 'HEAD' })).status).toBe(200)
  })

  it.each([
    ['path', '/path'],
    ['', '/'],
    ['/a/b', '/a/b'],
  ])('with the option path "%s" serves %s', async (path, requestedPath) => {
    expect((await request(await portOf(create({ path })), { path: requestedPath })).status).toBe(200)
  })

  it.each([
    ['//', 'HTTP/1.1 404 Not Found'],
    ['http://[', 'HTTP/1.1 404 Not Found'],
    ['*', 'HTTP/1.1 404 Not Found'],
    ['/%', 'HTTP/1.1 404 Not Found'],
    [`/${'a'.repeat(20_000)}`, 'HTTP/1.1 431 Request Header Fields Too Large'],
    ['/metrics?%', 'HTTP/1.1 200 OK'],
    ['http://', 'HTTP/1.1 404 Not Found'],
    ['http:///metrics', 'HTTP/1.1 404 Not Found'],
    ['ftp://x/metrics', 'HTTP/1.1 404 Not Found'],
  ])('keeps serving after the request target %s', async (target, status) => {
    const port = await portOf(create())
    expect(await raw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)).toBe(status)
    expect((await request(port)).status).toBe(200)
  })

  it.each([
    ['http://x/metrics', 'HTTP/1.1 200 OK'],
    ['HTTP://x:9464/metrics?name[]=x', 'HTTP/1.1 200 OK'],
    ['https://[::1]/health', 'HTTP/1.1 200 OK'],
    ['http://user:password@x/ready', 'HTTP/1.1 200 OK'],
    ['http://x', 'HTTP/1.1 404 Not Found'],
    ['http://x?/metrics', 'HTTP/1.1 404 Not Found'],
    ['http://x//metrics', 'HTTP/1.1 404 Not Found'],
  ])('responds to the absolute-form target %s', async (target, status) => {
    const port = await portOf(create())
    expect(await raw(port, `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`)).toBe(status)
  })

  it('keeps serving after data that is not HTTP', async () => {
    const port = await portOf(create())
    expect(await raw(port, '\u0000\u0001\r\n\r\n')).toBe('HTTP/1.1 400 Bad Request')
    expect((await request(port)).status).toBe(200)
  })

  it('is recognized by isMetricsServer', async () => {
    const server = create()
    await server.listen()
    expect(isMetricsServer(server.server ?? {})).toBe(true)
    expect(isMetricsServer(http.createServer())).toBe(false)
  })

  it('keeps listening after a failed connection, and logs it', async () => {
    const { messages, stop } = captureDiagnostics()
    const server = create({ backOff: () => 0 })
    const port = await portOf(server)
    const { server: first } = server
    first?.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }))
    await new Promise((resolve) => setImmediate(resolve))
    expect((await request(port)).status).toBe(200)
    expect(server.server).toBe(first)
    expect(messages).toEqual([
      'error: metrics endpoint: a connection failed: accept EMFILE; the endpoint keeps listening',
    ])
    stop()
    await server.close()
    await expect(request(port)).rejects.toThrow('ECONNREFUSED')
  })

  it('closes with an open connection, and a second time', async () => {
    const server = create()
    const port = await portOf(server)
    const socket = net.connect(port, '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    await server.close()
    await server.close()
    await expect(request(port)).rejects.toThrow('ECONNREFUSED')
  })

  it('never listens if it is closed before it is bound', async () => {
    const server = create()
    const opened = server.listen()
    await server.close()
    expect(await opened).toBeUndefined()
    await new Promise((resolve) => server.server?.once('close', resolve))
    expect(server.server?.listening).toBe(false)
  })

  it('closes at once if it never listened', async () => {
    const server = create()
    expect(server.server).toBeUndefined()
    await server.close()
  })
})

const settingNames = { host: 'VR_METRICS_HOST', port: 'VR_METRICS_PORT' }

describe('a port in use', () => {
  it('is logged once and retried', async () => {
    const { messages, stop } = captureDiagnostics()
    other = await serve(() => {})
    const { port } = other
    const failures: number[] = []
    const third = Promise.withResolvers<void>()
    const backOff = (attempt: number): number => {
      failures.push(attempt)
      if (attempt === 3) third.resolve()
      return 5
    }
    const listening = create({ port, backOff, settingNames }).listen()
    await third.promise
    await other.close()
    other = undefined
    const address = (await listening) as AddressInfo
    stop()
    expect([address.port, failures.slice(0, 3)]).toEqual([port, [1, 2, 3]])
    expect(messages).toEqual([
      `error: metrics endpoint not started: port ${port} on 127.0.0.1 is in use; retrying at least every 30 s; set VR_METRICS_PORT to use another port`,
      `info: metrics endpoint started on 127.0.0.1:${port}`,
    ])
  })

  it('is not retried after the server is closed', async () => {
    const { messages, stop } = captureDiagnostics()
    other = await serve(() => {})
    const failed = Promise.withResolvers<void>()
    const backOff = (): number => {
      failed.resolve()
      return 100_000
    }
    const server = create({ port: other.port, backOff })
    const listening = server.listen()
    await failed.promise
    await server.close()
    expect(await listening).toBeUndefined()
    stop()
    expect(messages).toHaveLength(1)
  })

  it('on an address that does not exist is logged with the settings to check', async () => {
    const { messages, stop } = captureDiagnostics()
    const failed = Promise.withResolvers<void>()
    const backOff = (): number => {
      failed.resolve()
      return 100_000
    }
    const server = create({ host: '203.0.113.1', backOff })
    void server.listen()
    await failed.promise
    stop()
    expect(messages).toEqual([
      expect.stringMatching(
        /^error: metrics endpoint not started: cannot listen on 203\.0\.113\.1:0: .*EADDRNOTAVAIL.*; retrying at least every 30 s; check the option host and the option port$/,
      ),
    ])
  })
})
