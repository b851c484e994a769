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
import { createOtlpSpanExporter } from './span-exporter.ts'
import { createOtlpSpanProcessor, type OtlpSpanProcessorOptions } from './span-processor.ts'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function collector(answer?: (call: number) => CallResult, port = 0): Promise<Collector> {
  const started = await startCollector({ port, ...(answer && { answer }) })
  ends.push(() => started.close())
  return started
}

async function httpCollector(): Promise<{ port: number }> {
  const server = http.createServer((request, response) => request.resume().on('end', () => response.end()))
  ends.push(() => {
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
  const account = new DeliveryStats('traces')
  const log = recordedLog()
  const url = `http://127.0.0.1:${port}`
  const made = createOtlpSpanProcessor({
    url,
    deliveryStats: account,
    log,
    scheduledDelayMillis: 20,
    ...options,
  })
  ends.push(() => made.shutdownNow())
  return { made, account, log, url }
}

/** Asks until it is so. */
const until = (isSo: () => boolean) => vi.waitUntil(isSo, { interval: 5, timeout: 20_000 })

function namesIn({ requests }: Collector): string[] {
  return requests.flatMap(({ request }) => {
    const { resourceSpans } = request as { resourceSpans: [{ scopeSpans: { spans: { name: string }[] }[] }] }
    return resourceSpans[0].scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name))
  })
}

describe('a span processor', () => {
  it('sends sampled spans together, by themselves, without being asked', async () => {
    const there = await collector()
    const { made, account } = processor(there.port)
    made.onStart(endedSpan() as never, ROOT_CONTEXT)
    for (const name of ['a', 'b']) made.onEnd(endedSpan(name))
    made.onEnd(endedSpan('unsampled', TraceFlags.NONE))
    await until(() => account.snapshot().exported === 2)
    expect(there.requests).toHaveLength(1)
    expect(namesIn(there)).toEqual(['a', 'b'])
  })

  it.each(['grpc', 'http/protobuf'] as const)(
    'names a header that %s does not let the user set, once, and sends without it',
    async (protocol) => {
      const there = protocol === 'grpc' ? await collector() : await httpCollector()
      const { made, account, log } = processor(there.port, {
        protocol,
        headers: { Connection: 'close', te: 'gzip', team: 'a' },
      })
      for (const name of ['a', 'b']) {
        made.onEnd(endedSpan(name))
        await made.forceFlush()
      }
      expect([account.snapshot().exported, log.lines]).toEqual([
        2,
        ['warn: headers not sent: Connection, te; the exporter sets them, or its protocol forbids them'],
      ])
    },
  )

  it('sends full batches at once, several at a time', async () => {
    const there = await collector()
    const { made } = processor(there.port, { maxExportBatchSize: 10, scheduledDelayMillis: 3_600_000 })
    for (let i = 0; i < 95; i++) made.onEnd(endedSpan(`${i}`))
    await until(() => there.requests.length === 9)
    await made.forceFlush()
    expect(namesIn(there)).toEqual(Array.from({ length: 95 }, (_, i) => `${i}`))
  })

  it('loses nothing that it has room for while the collector is down, and logs when that begins and ends', async () => {
    const port = await freePort()
    const { made, account, log, url } = processor(port, { maxQueueSize: 50 })
    for (let i = 0; i < 50; i++) made.onEnd(endedSpan(`${i}`))
    await until(() => log.lines.length === 1)
    for (let i = 50; i < 60; i++) made.onEnd(endedSpan(`${i}`))
    const there = await collector(undefined, port)
    await until(() => account.snapshot().queued === 0)
    expect(account.snapshot()).toEqual({
      created: 60,
      exported: 50,
      queued: 0,
      dropped: new Map([['queue_full', 10]]),
    })
    expect(namesIn(there)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`))
    expect(log.lines).toEqual([
      expect.stringContaining(`warn: spans do not reach ${url}`),
      `warn: spans reach ${url} again; 10 were lost`,
    ])
  })

  it('reaches a collector that has hung, once it answers, on the same port', async () => {
    const sockets = new Set<Socket>()
    const hung = createServer((socket) => void sockets.add(socket.on('error', () => {}).resume()))
    const port = await listen(hung)
    const { made, account } = processor(port, { timeoutMillis: 50 })
    made.onEnd(endedSpan('a'))
    await until(() => sockets.size > 0)
    hung.close()
    for (const socket of sockets) socket.destroy()
    const there = await collector(undefined, port)
    await until(() => account.snapshot().exported === 1)
    expect(namesIn(there)).toEqual(['a'])
  })

  it('sends outside of the request that made the span: nobody takes it for a call of that request', async () => {
    const inRequest = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const listener = (): unknown => seen.push(inRequest.getStore())
    subscribe('net.client.socket', listener)
    ends.push(() => unsubscribe('net.client.socket', listener))
    const server = http.createServer((_request, response) => response.end())
    ends.push(() => server.close())
    const url = `http://127.0.0.1:${await listen(server)}/v1/traces`
    const { made } = processor(0, { protocol: 'http/protobuf', url })
    await inRequest.run('request', async () => {
      made.onEnd(endedSpan())
      await made.forceFlush()
    })
    expect(seen).toEqual([undefined])
  })

  it('sends spans one by one if it is told to send none together', async () => {
    const there = await collector()
    const { made } = processor(there.port, { maxExportBatchSize: 0 })
    for (const name of ['a', 'b']) made.onEnd(endedSpan(name))
    await made.forceFlush()
    expect(there.requests).toHaveLength(2)
  })

  it('does as a collector says that has too much to do', async () => {
    const retryInfo = statusWithRetryInfo(0, 30_000_000)
    const there = await collector((call) =>
      call === 1 ? { code: status.RESOURCE_EXHAUSTED, retryInfo } : { response: Buffer.alloc(0) },
    )
    const { made, account } = processor(there.port)
    made.onEnd(endedSpan('a'))
    await until(() => account.snapshot().exported === 1)
    expect(there.requests).toHaveLength(2)
  })

  it('drops what a collector refuses, and says it once, however often', async () => {
    const there = await collector(() => ({ code: status.UNAUTHENTICATED, details: 'no token' }))
    const { made, account, log, url } = processor(there.port, { hints: { credentials: 'THE_HEADERS' } })
    for (let i = 1; i <= 3; i++) {
      made.onEnd(endedSpan())
      await until(() => account.droppedTotal === i)
    }
    expect(account.snapshot().dropped).toEqual(new Map([['refused', 3]]))
    expect(log.lines).toEqual([
      `error: ${url} refuses spans, they are lost: gRPC status UNAUTHENTICATED: no token (look at: THE_HEADERS)`,
    ])
  })

  it('ends in the time that it has, whatever the collector does', async () => {
    const server = createServer((socket) => void socket.on('error', () => {}).resume())
    ends.push(() => server.close())
    const { made, account } = processor(await listen(server), {
      shutdownMillis: 50,
      timeoutMillis: 3_600_000,
    })
    for (let i = 0; i < 5; i++) made.onEnd(endedSpan())
    await made.shutdown()
    made.onEnd(endedSpan())
    await made.shutdown()
    expect(account.snapshot()).toEqual({
      created: 6,
      exported: 0,
      queued: 0,
      dropped: new Map([['shutdown', 6]]),
    })
  })

  it('sends what is there when it ends', async () => {
    const there = await collector()
    const { made, account } = processor(there.port, { scheduledDelayMillis: 3_600_000 })
    for (let i = 0; i < 600; i++) made.onEnd(endedSpan())
    await made.shutdown()
    expect(account.snapshot()).toMatchObject({ created: 600, exported: 600, queued: 0 })
  })

  it('knows its URL before it takes a span', () => {
    expect(() => createOtlpSpanProcessor({ url: 'http://[' })).toThrow()
  })
})

describe('a span exporter', () => {
  it('tells how each export ended', async () => {
    const there = await collector((call) =>
      call === 2 ? { code: status.INVALID_ARGUMENT } : { response: Buffer.alloc(0) },
    )
    const account = new DeliveryStats('traces')
    const url = `http://127.0.0.1:${there.port}`
    const made = createOtlpSpanExporter({ url, deliveryStats: account, log: recordedLog() })
    const send = (count: number) =>
      new Promise<number>((resolve) =>
        made.export(
          Array.from({ length: count }, () => endedSpan()),
          ({ code }) => resolve(code),
        ),
      )
    expect([await send(3), await send(2), await send(0)]).toEqual([0, 1, 0])
    await made.shutdown()
    expect(await send(1)).toBe(1)
    expect(account.snapshot()).toEqual({
      created: 6,
      exported: 3,
      queued: 0,
      dropped: new Map([
        ['refused', 2],
        ['shutdown', 1],
      ]),
    })
  })
})
