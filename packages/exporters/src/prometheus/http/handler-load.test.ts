import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import http2, { type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Endpoint, LoadedEndpoint, lines, MEGABYTE } from '../../testing/loaded-endpoint.ts'
import { outcomesOf } from '../../testing/scraper.ts'

/** Maximum number of bytes written to all sockets in one turn of the event loop. */
const TURN = 256 * 1024
/** Maximum number of bytes written to all sockets and not taken by the operating system. */
const IN_FLIGHT = 3 * 1024 * 1024
/** Bytes of response heads and of refusals. */
const HEADS = 64 * 1024

let running: LoadedEndpoint | undefined

afterEach(async () => {
  await running?.close()
  running = undefined
})

async function serve(...options: ConstructorParameters<typeof LoadedEndpoint>): Promise<LoadedEndpoint> {
  running = await new LoadedEndpoint(...options).listen()
  return running
}

/** Eight clients for each of many local addresses. */
const fewOfEach = (at: number) => ({ from: `127.0.1.${1 + Math.floor(at / 8)}` })

const limitedTo = (seconds: number) => ({
  headers: { 'X-Prometheus-Scrape-Timeout-Seconds': `${seconds}` },
})

describe('bytes written in one turn of the event loop are bounded', () => {
  it('when 200 clients do not read a body of 20 MB', async () => {
    const endpoint = await serve()
    const clients = await endpoint.stalled(200, fewOfEach)
    expect(clients.filter(({ status }) => status === 200)).toHaveLength(64)
    expect(endpoint.meter.most).toBeLessThan(TURN + HEADS)
    expect(endpoint.meter.mostInFlight).toBeLessThan(IN_FLIGHT)
  })

  it('when 50 clients read a body of 20 MB as fast as they can', async () => {
    const endpoint = await serve()
    expect(await outcomesOf(endpoint.clients(50, fewOfEach))).toEqual({ whole: 50 })
    expect(endpoint.meter.most).toBeLessThan(TURN + HEADS)
  })

  it('when stalled clients start to read at the same time', async () => {
    const endpoint = await serve()
    expect(await outcomesOf(await endpoint.stalled(32, fewOfEach))).toEqual({ whole: 32 })
    expect(endpoint.meter.most).toBeLessThan(TURN + HEADS)
    expect(endpoint.meter.mostInFlight).toBeLessThan(IN_FLIGHT)
  })

  it('when the body is compressed', async () => {
    const endpoint = await serve(lines(10, () => randomBytes(7500).toString('base64')))
    const headers = { 'Accept-Encoding': 'gzip' }
    const clients = endpoint.clients(20, (at) => ({ ...fewOfEach(at), headers }))
    expect(await outcomesOf(clients)).toEqual({ whole: 20 })
    expect(clients[0]?.received).toBeGreaterThan(7 * MEGABYTE)
    expect(clients[0]?.text).toMatch(/Content-Encoding: gzip/i)
    expect(endpoint.meter.most).toBeLessThan(TURN + HEADS)
  })

  it('when middleware has replaced response.write by a function without a callback', async () => {
    const endpoint = await serve(undefined, (handler) => (request, response) => {
      const { write } = response
      response.write = (chunk: Buffer) => write.call(response, chunk, 'utf8')
      handler(request, response)
    })
    expect(await outcomesOf(await endpoint.stalled(8))).toEqual({ whole: 8 })
    expect(endpoint.meter.most).toBeLessThan(TURN + HEADS)
  })
})

describe('clients that do not read', () => {
  it('are limited per address and keep out no scrape from another address', async () => {
    const endpoint = await serve()
    const clients = await endpoint.stalled(200)
    const refused = clients.filter(({ status }) => status === 503)
    expect([refused.length, clients.filter(({ status }) => status === 200).length]).toEqual([192, 8])
    expect(refused.filter(({ text }) => !text.includes('\r\nRetry-After: 1\r\n'))).toHaveLength(0)
    expect(await endpoint.scrapeOnce({ from: '127.0.0.2' })).toEqual({ whole: 1 })
  })

  it('are replaced by new clients of their address, such as a proxy: the longest stalled first', async () => {
    const endpoint = await serve()
    const first = await endpoint.stalled(1)
    await endpoint.clock.advance(1000)
    const later = await endpoint.stalled(7)
    await endpoint.clock.advance(250)
    expect(await endpoint.scrapeOnce()).toEqual({ whole: 1 })
    expect(await outcomesOf(first)).toEqual({ truncated: 1 })
    expect(await endpoint.scrapeOnce()).toEqual({ whole: 1 })
    expect(await outcomesOf(later)).toEqual({ whole: 7 })
  })

  it('are aborted after half of their timeout, and not before 10 s', async () => {
    const aborted: (readonly [limit: string, second: number])[] = []
    const endpoint = await serve(undefined, (handler) => (request, response) => {
      const limit = String(request.headers['x-prometheus-scrape-timeout-seconds'])
      response.once('close', () => aborted.push([limit, Math.floor(endpoint.clock.now() / 1000)]))
      handler(request, response)
    })
    await endpoint.stalled(1)
    for (const limit of [3, 100]) await endpoint.stalled(1, () => limitedTo(limit))
    for (let second = 0; second < 60; second += 1) {
      await endpoint.clock.advance(1000)
      await setImmediate()
    }
    expect(aborted).toEqual([
      ['3', 10],
      ['undefined', 30],
      ['100', 50],
    ])
  })

  it('keep at most four bodies per address in memory; another client gets the newest of them', async () => {
    const endpoint = await serve()
    const stalled = []
    for (let client = 0; client < 4; client += 1) {
      stalled.push(...(await endpoint.stalled(1)))
      await endpoint.clock.advance(100)
    }
    const sharing = endpoint.clients(1)
    expect(await outcomesOf(sharing)).toEqual({ whole: 1 })
    const elsewhere = endpoint.clients(1, () => ({ from: '127.0.0.2' }))
    expect(await outcomesOf(elsewhere)).toEqual({ whole: 1 })
    await endpoint.clock.advance(1500)
    const evicting = endpoint.clients(1)
    expect(await outcomesOf(evicting)).toEqual({ whole: 1 })
    expect([...stalled, ...sharing, ...elsewhere, ...evicting].map(({ number }) => number)).toEqual([
      1, 2, 3, 4, 4, 6, 7,
    ])
    expect(await outcomesOf(stalled)).toEqual({ truncated: 1, whole: 3 })
  })

  it('are no longer counted after they disconnect', async () => {
    const endpoint = await serve()
    const stalled = await endpoint.stalled(8)
    expect(await endpoint.scrapeOnce()).toEqual({ 503: 1 })
    for (const { socket } of stalled) socket.destroy()
    await endpoint.meter.quiet()
    expect(await endpoint.scrapeOnce()).toEqual({ whole: 1 })
  })

  it('are limited over HTTP/2 too, for all streams of a connection', async () => {
    const endpoint = new Endpoint()
    const streams: ServerHttp2Stream[] = []
    const server = http2.createServer((request, response) => {
      streams.push(response.stream)
      endpoint.handler(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const scrapeOnce = async () => {
      const stream = session.request({ ':path': '/metrics' }).on('error', () => {})
      const [headers] = await once(stream, 'response')
      return { stream, status: headers[':status'] }
    }
    endpoint.expect(20)
    const started = await Promise.all(Array.from({ length: 20 }, scrapeOnce))
    expect(Object.groupBy(started, ({ status }) => status)[503]).toHaveLength(12)
    await endpoint.clock.advance(1500)
    const late = await scrapeOnce()
    let received = 0
    for await (const chunk of late.stream) received += chunk.length
    expect([late.status, received > 20 * MEGABYTE]).toEqual([200, true])
    expect(streams.filter(({ destroyed, writableFinished }) => destroyed && !writableFinished)).toHaveLength(
      1,
    )
    session.destroy()
    server.close()
  })
})

describe('clients that read', () => {
  it('are not aborted within their timeout, however long it is', async () => {
    const endpoint = await serve()
    const clients = await endpoint.stalled(4, () => limitedTo(100))
    for (let step = 0; step < 9; step += 1) {
      await endpoint.readSome(clients)
      await endpoint.clock.advance(10_000)
    }
    expect(await outcomesOf(clients)).toEqual({ whole: 4 })
  })

  it('are aborted after their timeout', async () => {
    const endpoint = await serve()
    const clients = await endpoint.stalled(1, () => limitedTo(30))
    for (let step = 0; step < 3; step += 1) {
      await endpoint.clock.advance(9000)
      await endpoint.readSome(clients)
    }
    await endpoint.clock.advance(3000)
    expect(await outcomesOf(clients)).toEqual({ truncated: 1 })
  })

  it('are never replaced by others', async () => {
    const endpoint = await serve()
    const clients = await endpoint.stalled(8)
    for (let step = 0; step < 4; step += 1) {
      await endpoint.readSome(clients)
      await endpoint.clock.advance(1000)
      expect(await endpoint.scrapeOnce()).toEqual({ 503: 1 })
    }
    expect(await outcomesOf(clients)).toEqual({ whole: 8 })
  })
})

describe('scrapes that wait for a collection', () => {
  it('are limited to half of all per address', async () => {
    const endpoint = await serve(lines(0))
    const clients = endpoint.clients(110)
    const others = endpoint.clients(100, fewOfEach)
    endpoint.expect(210)
    const outcomes = await Promise.all([outcomesOf(clients), outcomesOf(others)])
    expect(outcomes).toEqual([{ 503: 10, whole: 100 }, { whole: 100 }])
  })

  it('are no longer counted after their clients disconnect', async () => {
    const endpoint = await serve(lines(0))
    const waiting = endpoint.clients(100)
    endpoint.expect(102)
    while (endpoint.arrived < 100) await setImmediate()
    expect(await endpoint.scrapeOnce()).toEqual({ 503: 1 })
    for (const { socket } of waiting) socket.destroy()
    await endpoint.meter.quiet()
    expect(await endpoint.scrapeOnce()).toEqual({ whole: 1 })
  })
})
