import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { afterEach, describe, expect, it } from 'vitest'
import { createOtlpGrpcTraceExporter } from './trace-grpc.ts'

type Exporter = ReturnType<typeof createOtlpGrpcTraceExporter>

interface Call {
  readonly headers: http2.IncomingHttpHeaders
  readonly body: Buffer
}

/** A gRPC server of one method: answers every call with an empty message, and keeps it. */
async function collector(): Promise<{ port: number; calls: Call[]; close(): void }> {
  const calls: Call[] = []
  const server = http2.createServer()
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      calls.push({ headers, body: Buffer.concat(chunks) })
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end(Buffer.alloc(5))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, calls, close: () => server.close() }
}

type Span = Parameters<Exporter['export']>[0][number]

const span: Span = {
  name: 'GET /',
  kind: SpanKind.SERVER,
  spanContext: () => ({ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: TraceFlags.SAMPLED }),
  startTime: [1, 0],
  endTime: [2, 0],
  duration: [1, 0],
  status: { code: SpanStatusCode.OK },
  attributes: {},
  links: [],
  events: [],
  ended: true,
  resource: resourceFromAttributes({ 'service.name': 'test' }),
  instrumentationScope: { name: 'scope' },
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
}

function send(exporter: Exporter): Promise<number> {
  return new Promise((resolve) => exporter.export([span], ({ code }) => resolve(code)))
}

const VARIABLES = {
  OTEL_EXPORTER_OTLP_HEADERS: 'from-environment=1',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'traces-environment=1',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://203.0.113.1:1',
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://203.0.113.1:1',
  OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
  OTEL_EXPORTER_OTLP_TIMEOUT: '1',
  OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere',
  OTEL_EXPORTER_OTLP_INSECURE: 'false',
}

afterEach(() => {
  for (const name of Object.keys(VARIABLES)) delete process.env[name]
})

describe('a span exporter over OTLP/gRPC', () => {
  it('sends to the URL with the headers given, whatever the environment says', async () => {
    Object.assign(process.env, VARIABLES)
    const { port, calls, close } = await collector()
    const url = `http://127.0.0.1:${port}`
    const exporter = createOtlpGrpcTraceExporter({ url, insecure: true, headers: { team: 'a' } })
    expect(await send(exporter)).toBe(0)
    await exporter.shutdown()
    close()
    const [call] = calls
    expect(call?.headers).toMatchObject({
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      team: 'a',
    })
    expect(call?.headers).not.toHaveProperty('from-environment')
    expect(call?.headers).not.toHaveProperty('traces-environment')
    expect(call?.body[0]).toBe(0)
    expect(call?.body.includes(Buffer.from('ab'.repeat(16), 'hex'))).toBe(true)
    expect(process.env['OTEL_EXPORTER_OTLP_HEADERS']).toBe('from-environment=1')
  })

  it('compresses where it is told to, and takes host and port without a scheme', async () => {
    const { port, calls, close } = await collector()
    const exporter = createOtlpGrpcTraceExporter({
      url: `127.0.0.1:${port}`,
      insecure: true,
      compression: 'gzip',
    })
    expect(await send(exporter)).toBe(0)
    await exporter.shutdown()
    close()
    expect(calls[0]?.headers['grpc-encoding']).toBe('gzip')
  })

  it('uses TLS unless told not to', async () => {
    const { port, calls, close } = await collector()
    const exporter = createOtlpGrpcTraceExporter({
      url: `http://localhost:${port}`,
      insecure: false,
      timeoutMillis: 500,
    })
    expect(await send(exporter)).toBe(1)
    await exporter.shutdown()
    close()
    expect(calls).toEqual([])
  })

  it('refuses a URL that is none, at once', () => {
    expect(() => createOtlpGrpcTraceExporter({ url: 'http://[', insecure: true })).toThrow()
  })

  it('says of what it was given after its end that it failed', async () => {
    const exporter = createOtlpGrpcTraceExporter({ url: 'localhost:4317', insecure: true })
    await exporter.shutdown()
    expect(await send(exporter)).toBe(1)
  })

  it('gives up calls that do not end when it is abandoned', async () => {
    const server = http2.createServer()
    const asked = new Promise((resolve) => server.on('stream', resolve))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const exporter = createOtlpGrpcTraceExporter({ url: `127.0.0.1:${port}`, insecure: true })
    const sent = send(exporter)
    await asked
    exporter.abandon()
    expect(await sent).toBe(1)
    server.close()
  })
})
