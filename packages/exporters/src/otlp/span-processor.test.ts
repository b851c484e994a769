import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http from 'node:http'
import { createServer, type Socket } from 'node:net'
import { status } from '@grpc/grpc-js'
import { ROOT_CONTEXT, TraceFlags } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type CallResult, type Collector, listen, startCollector } from '../testing/collector.ts'
import { recordedLog } from '../testing/recorded-log.ts'
import { statusWithRetryInfo } from '../testing/retry-info.ts'
import { endedSpan } from '../testing/span.ts'
import { DeliveryStats } from './delivery-stats.ts'
import { createOtlpSpanProcessor, type OtlpSpanProcessorOptions } from './span-processor.ts'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end()
})

async function collector(answer?: (call: number) => CallResult, port = 0): Promise<Collector> {
  const started = await startCollector({ port, ...(answer && { answer }) })
  cleanups.push(() => started.close())
  return started
}

async function httpCollector(): Promise<{ port: number }> {
  const server = http.createServer((request, response) => request.resume().on('end', () => response.end()))
  cleanups.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: await listen(server) }
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function processor(port: number, options: Partial<OtlpSpanProcessorOptions> = {}) {
  const stats = new DeliveryStats('traces')
  const log = recordedLog()
  const url = `http://127.0.0.1:${port}`
  const instance = createOtlpSpanProcessor({
    url,
    deliveryStats: stats,
    log,
    scheduledDelayMillis: 20,
    ...options,
  })
  cleanups.push(() => instance.shutdownNow())
  return { instance, stats, log, url }
}

/** Waits until the condition holds. */
const until = (holds: () => boolean) => vi.waitUntil(holds, { interval: 5, timeout: 20_000 })

function namesIn({ requests }: Collector): string[] {
  return requests.flatMap(({ request }) => {
    const { resourceSpans } = request as { resourceSpans: [{ scopeSpans: { spans: { name: string }[] }[] }] }
    return resourceSpans[0].scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))
  })
}

describe('a span processor', () => {
  it('sends sampled spans in one request after the delay', async () => {
    const target = await collector()
    const { instance, stats } = processor(target.port)
    instance.onStart(endedSpan() as never, ROOT_CONTEXT)
    for (const name of ['a', 'b']) instance.onEnd(endedSpan(name))
    instance.onEnd(endedSpan('unsampled', TraceFlags.NONE))
    await until(() => stats.snapshot().exported === 2)
    expect(target.requests).toHaveLength(1)
    expect(namesIn(target)).toEqual(['a', 'b'])
  })

  it.each(['grpc', 'http/protobuf'] as const)(
    'logs headers that %s does not let the user set once, and sends without them',
    async (protocol) => {
      const target = protocol === 'grpc' ? await collector() : await httpCollector()
      const { instance, stats, log } = processor(target.port, {
        protocol,
        headers: { Connection: 'close', te: 'gzip', team: 'a' },
      })
      for (const name of ['a', 'b']) {
        instance.onEnd(endedSpan(name))
        await instance.forceFlush()
      }
      expect([stats.snapshot().exported, log.lines]).toEqual([
        2,
        [
          "warn: headers not sent: Connection, te; the exporter sets them or the protocol forbids them; remove them from the exporter's headers",
        ],
      ])
    },
  )

  it('sends full batches at once and concurrently', async () => {
    const target = await collector()
    const { instance } = processor(target.port, { maxExportBatchSize: 10, scheduledDelayMillis: 3_600_000 })
    for (let i = 0; i < 95; i++) instance.onEnd(endedSpan(`${i}`))
    await until(() => target.requests.length === 9)
    await instance.forceFlush()
    expect(namesIn(target)).toEqual(Array.from({ length: 95 }, (_, i) => `${i}`))
  })

  it('delivers all queued spans after an outage, and logs its start and its end', async () => {
    const port = await freePort()
    const { instance, stats, log, url } = processor(port, { maxQueueSize: 50 })
    for (let i = 0; i < 50; i++) instance.onEnd(endedSpan(`${i}`))
    await until(() => log.lines.length === 1)
    for (let i = 50; i < 60; i++) instance.onEnd(endedSpan(`${i}`))
    const target = await collector(undefined, port)
    await until(() => stats.snapshot().queued === 0)
    expect(stats.snapshot()).toEqual({
      created: 60,
      exported: 50,
      queued: 0,
      dropped: new Map([['queue_full', 10]]),
    })
    expect(namesIn(target)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`))
    expect(log.lines).toEqual([
      expect.stringContaining(`warn: cannot send spans to ${url}`),
      `warn: sending spans to ${url} works again; 10 of them were dropped`,
    ])
  })

  it('delivers to a collector that hung, when it responds again on the same port', async () => {
    const sockets = new Set<Socket>()
    const hung = createServer((socket) => void sockets.add(socket.on('error', () => {}).resume()))
    const port = await listen(hung)
    const { instance, stats } = processor(port, { timeoutMillis: 50 })
    instance.onEnd(endedSpan('a'))
    await until(() => sockets.size > 0)
    hung.close()
    for (const socket of sockets) socket.destroy()
    const target = await collector(undefined, port)
    await until(() => stats.snapshot().exported === 1)
    expect(namesIn(target)).toEqual(['a'])
  })

  it('sends outside the async context of the request whose span it exports', async () => {
    const inRequest = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const listener = (): unknown => seen.push(inRequest.getStore())
    subscribe('net.client.socket', listener)
    cleanups.push(() => unsubscribe('net.client.socket', listener))
    const server = http.createServer((_request, response) => response.end())
    cleanups.push(() => server.close())
    const url = `http://127.0.0.1:${await listen(server)}/v1/traces`
    const { instance } = processor(0, { protocol: 'http/protobuf', url })
    await inRequest.run('request', async () => {
      instance.onEnd(endedSpan())
      await instance.forceFlush()
    })
    expect(seen).toEqual([undefined])
  })

  it('sends spans one by one with a batch size of 0', async () => {
    const target = await collector()
    const { instance } = processor(target.port, { maxExportBatchSize: 0 })
    for (const name of ['a', 'b']) instance.onEnd(endedSpan(name))
    await instance.forceFlush()
    expect(target.requests).toHaveLength(2)
  })

  it('retries after the RetryInfo of an overloaded collector', async () => {
    const retryInfo = statusWithRetryInfo(0, 30_000_000)
    const target = await collector((call) =>
      call === 1 ? { code: status.RESOURCE_EXHAUSTED, retryInfo } : { response: Buffer.alloc(0) },
    )
    const { instance, stats } = processor(target.port)
    instance.onEnd(endedSpan('a'))
    await until(() => stats.snapshot().exported === 1)
    expect(target.requests).toHaveLength(2)
  })

  it('drops refused spans, and logs the refusal once', async () => {
    const target = await collector(() => ({ code: status.UNAUTHENTICATED, details: 'no token' }))
    const { instance, stats, log, url } = processor(target.port, { hints: { credentials: 'THE_HEADERS' } })
    for (let i = 1; i <= 3; i++) {
      instance.onEnd(endedSpan())
      await until(() => stats.droppedTotal === i)
    }
    expect(stats.snapshot().dropped).toEqual(new Map([['refused', 3]]))
    expect(log.lines).toEqual([
      `error: ${url} refused spans: gRPC status UNAUTHENTICATED: no token; they are dropped; check THE_HEADERS`,
    ])
  })

  it('shuts down within shutdownMillis if the collector does not respond', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).resume())
    cleanups.push(() => server.close())
    const { instance, stats } = processor(await listen(server), {
      shutdownMillis: 50,
      timeoutMillis: 3_600_000,
    })
    for (let i = 0; i < 5; i++) instance.onEnd(endedSpan())
    await instance.shutdown()
    instance.onEnd(endedSpan())
    await instance.shutdown()
    expect(stats.snapshot()).toEqual({
      created: 6,
      exported: 0,
      queued: 0,
      dropped: new Map([['shutdown', 6]]),
    })
  })

  it('sends all queued spans at shutdown', async () => {
    const target = await collector()
    const { instance, stats } = processor(target.port, { scheduledDelayMillis: 3_600_000 })
    for (let i = 0; i < 600; i++) instance.onEnd(endedSpan())
    await instance.shutdown()
    expect(stats.snapshot()).toMatchObject({ created: 600, exported: 600, queued: 0 })
  })

  it('throws at once for an invalid URL', () => {
    expect(() => createOtlpSpanProcessor({ url: 'http://[' })).toThrow()
  })
})
