import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

/** Called when a request arrives at the engine, by its path. */
const arrivals = new Map<string, () => void>()

/** Answers with a stream before it has read the body, as a streaming engine does; does not answer under `/silent/`. */
const engine = http.createServer((request, response) => {
  if (request.url?.includes('/silent/')) return arrivals.get(request.url)?.()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: 1\n\n')
  if (request.url?.endsWith('/whole')) request.on('end', () => response.end('data: [DONE]\n\n')).resume()
  if (request.url?.endsWith('/early')) setImmediate(() => response.end('data: [DONE]\n\n'))
})

let app: RunningApp
let url: string

beforeAll(async () => {
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve))
  const { port } = engine.address() as AddressInfo
  app = new RunningApp('proxies.mjs', { env: { ENGINE_URL: `http://127.0.0.1:${port}` } })
  url = await app.url()
})

afterAll(async () => {
  await app.kill()
  engine.closeAllConnections()
  engine.close()
})

/** Sends part of a body. At the first event of the response it sends the rest, aborts, or waits for the end. */
function send(path: string, then: 'finish' | 'leave' | 'wait'): Promise<void> {
  return new Promise((resolve) => {
    const request = http.request(url + path, { method: 'POST', agent: false }, (response) => {
      response.once('data', () => {
        if (then === 'finish') request.end('rest')
        if (then === 'leave') request.destroy()
      })
      response.on('error', () => {}).on('close', resolve)
    })
    request.on('error', () => {}).write('part')
  })
}

/** Sends part of a body to an engine that does not answer, and aborts when it has arrived. */
function leave(path: string): Promise<void> {
  return new Promise((resolve) => {
    const sent = http.request(url + path, { method: 'POST', agent: false })
    sent.on('error', () => {}).on('close', resolve)
    arrivals.set(path, () => void sent.destroy())
    sent.write('part')
  })
}

const COUNT = 10

it.each([
  ['undici', 'unmatched'],
  ['fetch', 'unmatched'],
  ['pipeline', 'unmatched'],
  ['fastify', '/fastify/*'],
])('ends every request of a proxy by %s, whichever side ends first', async (how, route) => {
  const before = await scrape(`${url}/metrics`)
  await Promise.all(
    Array.from({ length: COUNT }, (_, n) => [
      send(`/${how}/whole`, 'finish'),
      send(`/${how}/early`, 'wait'),
      send(`/${how}/endless`, 'leave'),
      leave(`/${how}/silent/${n}`),
    ]).flat(),
  )
  const after = await eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    const inFlight = ['http_in_flight_requests', 'sse_connections_in_flight']
    return inFlight.every((name) => scraped.values(name)[''] === 0) ? scraped : undefined
  })
  const increase = (name: string, labels: string): number =>
    (after.values(name)[labels] ?? 0) - (before.values(name)[labels] ?? 0)
  expect({
    streams: increase('http_requests_total', `method=POST,route=${route},status=200`),
    left: increase('http_requests_total', `method=POST,route=${route},status=499`),
    completed: increase('sse_streams_total', `outcome=completed,route=${route}`),
    aborted: increase('sse_streams_total', `outcome=client_abort,route=${route}`),
    errors: after.named('vr_otel_internal_errors_total'),
  }).toEqual({ streams: 3 * COUNT, left: COUNT, completed: 2 * COUNT, aborted: COUNT, errors: [] })
})
