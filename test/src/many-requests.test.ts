import http, { Agent } from 'node:http'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const ENV = { VR_METRICS_EXCLUDED_PATHS: '/request-counts' }

/** VR_TEST_REQUESTS sets a larger number for a long run. */
const REQUESTS = Number(process.env['VR_TEST_REQUESTS'] ?? 6000)
const CONCURRENT = 32
const ROUNDS = 6

/**
 * Limit of the growth of the heap. Measured: about 100 bytes a request; 800 if every observation is kept, and several kB if its
 * request and response are kept too.
 */
const MAX_BYTES_PER_REQUEST = 500

/** Result of one request, for the client. */
type ClientResult = 'completed' | 'aborted'

/** Sends a request on a kept-alive connection. The client aborts after `leaveAfter` chunks; with 0, when it is sent. */
function send(agent: Agent, url: string, leaveAfter: number): Promise<ClientResult> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent }, (response) => {
      let chunks = 0
      response.on('data', () => {
        if (++chunks === leaveAfter) request.destroy()
      })
      response.on('end', () => resolve('completed'))
      response.on('error', () => resolve('aborted'))
    })
    request.on('error', () => resolve('aborted'))
    if (leaveAfter === 0) request.on('socket', () => setImmediate(() => request.destroy()))
  })
}

async function drive(url: string, requests: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENT })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < requests) {
      const n = next++
      const path = [`/json/${n}`, `/stream/${n}?events=4`, `/fails/${n}`, `/slow/${n}?ms=2`, `/none/${n}`][
        n % 5
      ]
      const leaveAfter = n % 7 === 3 ? n % 3 : Number.POSITIVE_INFINITY
      await send(agent, url + path, leaveAfter)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  agent.destroy()
}

async function settled(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    const inFlight = ['http_in_flight_requests', 'sse_connections_in_flight']
    return inFlight.every((name) => scraped.values(name)[''] === 0) ? scraped : undefined
  })
}

function sumByRoute(scraped: Scrape, name: string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { labels, value } of scraped.named(name)) {
    const route = labels['route'] as string
    sums[route] = (sums[route] ?? 0) + value
  }
  return sums
}

/** The application's own counts of its requests, by route, and the size of its heap after a garbage collection. */
interface ApplicationCounts {
  readonly requestCounts: Record<string, number>
  readonly heapBytes: number
}

async function countsOf(url: string): Promise<ApplicationCounts> {
  return (await (await fetch(`${url}/request-counts`)).json()) as ApplicationCounts
}

it('counts thousands of requests on kept-alive connections exactly, many of them aborted by the client', async () => {
  const app = new RunningApp('request-counts.mjs', {
    env: ENV,
    execArgv: ['--expose-gc', '--import', '@vr/otel/register'],
  })
  const url = await app.url()
  const heaps: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    await drive(url, REQUESTS / ROUNDS)
    await settled(url)
    heaps.push((await countsOf(url)).heapBytes)
  }
  const scraped = await settled(url)
  const { requestCounts } = await countsOf(url)

  const arrived = Object.fromEntries(
    Object.entries(requestCounts).map(([route, n]) => [route.replace(':id', '{id}'), n]),
  )
  expect(sumByRoute(scraped, 'http_requests_total')).toEqual(arrived)
  expect(sumByRoute(scraped, 'http_request_duration_seconds_count')).toEqual(arrived)
  const streams = sumByRoute(scraped, 'sse_streams_total')
  const opened = scraped
    .named('http_requests_total')
    .find(({ labels }) => labels['route'] === '/stream/{id}' && labels['status'] === '200')
  expect(streams).toEqual({ '/stream/{id}': opened?.value })
  expect(sumByRoute(scraped, 'sse_stream_duration_seconds_count')).toEqual(streams)
  const outcomes = scraped.named('sse_streams_total').map(({ labels }) => labels['outcome'])
  expect(outcomes.sort()).toEqual(['client_abort', 'completed'])
  // The first two rounds fill caches. After that, the lowest heap of two rounds is compared with that of the two before.
  const [early, late] = [Math.min(...heaps.slice(2, 4)), Math.min(...heaps.slice(4, 6))]
  expect((late - early) / (2 * (REQUESTS / ROUNDS))).toBeLessThan(MAX_BYTES_PER_REQUEST)
  expect(app.stderr.split('\n')).toHaveLength(2) // the start line, and no MaxListenersExceededWarning
  await app.kill()
})

it('counts malformed requests in a metric of their own and not as requests', async () => {
  const app = new RunningApp('plain.mjs')
  const url = await app.url()
  for (const bytes of ['NOT HTTP\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\u0000\u0001\r\n\r\n']) {
    await new Promise((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
      socket
        .on('error', () => {})
        .resume()
        .on('close', resolve)
    })
  }
  const scraped = await scrape(`${url}/metrics`)
  expect(scraped.values('vr_otel_http_malformed_requests_total')).toEqual({ '': 3 })
  expect(scraped.named('http_requests_total')).toEqual([])
  await app.kill()
})

it('adds no series for ten thousand paths, methods and headers invented by a client', async () => {
  const app = new RunningApp('plain.mjs')
  const url = await app.url()
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENT })
  const methods = ['PURGE', 'MKCOL', 'LOCK', 'SEARCH', 'REPORT', 'LINK', 'BIND', 'NOTIFY']
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < 10_000) {
      const n = next++
      const method = n % 2 === 0 ? 'GET' : (methods[n % methods.length] as string)
      const headers = { [`x-${n}`]: '__proto__', traceparent: `junk-${n}`, __proto__: 'x' }
      await new Promise<void>((resolve, reject) => {
        const request = http.request(`${url}/${n}/../%2e%2e?${n}`, { agent, method, headers }, (response) =>
          response.resume().on('end', resolve),
        )
        request.on('error', reject).end()
      })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  agent.destroy()
  const scraped = await settled(url)
  expect(scraped.values('http_requests_total')).toEqual({
    'method=GET,route=unmatched,status=200': 5000,
    'method=_OTHER,route=unmatched,status=200': 5000,
  })
  expect(scraped.values('vr_otel_values_cut_total')).toEqual({
    'label=error.type': 0,
    'label=gen_ai.prompt.name': 0,
    'label=gen_ai.request.model': 0,
    'label=gen_ai.tool.name': 0,
    'label=mcp.method.name': 0,
    'label=method': 5000,
    'label=route': 0,
    'label=rpc.response.status_code': 0,
    'label=server.address': 0,
    'label=server_label': 0,
  })
  await app.kill()
})

it('bounds the names of MCP servers and counts the replaced ones', async () => {
  const app = new RunningApp('many-servers.mjs')
  const scraped = await scrape(`${await app.url()}/metrics`)
  const startups = scraped.values('mcp_server_startup_total')
  expect(Object.keys(startups)).toHaveLength(101)
  expect(startups['server_label=other,status=ok']).toBe(50)
  expect(scraped.values('vr_otel_values_cut_total')['label=server_label']).toBe(50)
  await app.kill()
})
