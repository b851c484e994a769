import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { afterEach, describe, expect, it } from 'vitest'
import { captureDiagnostics } from '../../testing/diagnostics.ts'
import { type Loopback, request, serve } from '../../testing/loopback.ts'
import { collection, counter, gauge, PLAIN, point, resourceMetrics } from '../../testing/metric-data.ts'
import { ScrapeCoordinator } from '../scrape/scrape-coordinator.ts'
import { createHandler } from './handler.ts'

const SMALL = collection(resourceMetrics([counter('c', [point(1)]), gauge('g', [point(2)])]))
const LARGE = collection(
  resourceMetrics([
    gauge(
      'g',
      Array.from({ length: 500 }, (_, at) => point(at, { n: `${at}`, text: 'long'.repeat(9) })),
    ),
  ]),
)
const TEXT = '# TYPE c_total counter\nc_total 1\n# TYPE g gauge\ng 2\n'

let running: Loopback | undefined

afterEach(async () => {
  await running?.close()
  running = undefined
})

async function start(
  collect: (options: { timeoutMillis: number }) => Promise<CollectionResult>,
  token?: string,
) {
  running = await serve(createHandler(new ScrapeCoordinator(collect, PLAIN), token))
  return running.port
}

describe('a scrape', () => {
  it('gets text 0.0.4 with its content type and length', async () => {
    const { status, headers, body } = await request(await start(async () => SMALL))
    const { date: _d, connection: _c, ...rest } = headers
    expect([status, body.toString(), rest]).toEqual([
      200,
      TEXT,
      {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'content-length': '52',
        vary: 'Accept, Accept-Encoding',
      },
    ])
  })

  it('gets OpenMetrics if it accepts it', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0'
    const { headers, body } = await request(await start(async () => SMALL), { headers: { accept } })
    expect(headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    )
    expect(body.toString()).toBe('# TYPE c counter\nc_total 1\n# TYPE g gauge\ng 2\n# EOF\n')
  })

  it('gets gzip if it accepts it and the body is large enough', async () => {
    const port = await start(async () => LARGE)
    const plain = await request(port)
    const packed = await request(port, { headers: { 'accept-encoding': 'gzip' } })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.headers['content-length']).toBe(`${packed.body.length}`)
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
    expect(
      (
        await request(await start(async () => SMALL), { headers: { 'accept-encoding': 'gzip' } })
      ).body.toString(),
    ).toBe(TEXT)
  })

  it('gets only the families that name[] selects', async () => {
    const port = await start(async () => SMALL)
    const one = await request(port, { path: '/metrics?name[]=c_total' })
    const encoded = await request(port, { path: '/metrics?name%5B%5D=g&x=%ZZ&name[]=none' })
    expect([one.body.toString(), encoded.body.toString()]).toEqual([
      '# TYPE c_total counter\nc_total 1\n',
      '# TYPE g gauge\ng 2\n',
    ])
  })

  it('with HEAD gets the content type without a collection', async () => {
    let collected = 0
    const port = await start(async () => {
      collected += 1
      return SMALL
    })
    const { status, headers, body } = await request(port, { method: 'HEAD' })
    expect([status, headers['content-type'], body.length, collected]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      0,
      0,
    ])
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])('with %s gets 405', async (method) => {
    const { status, headers } = await request(await start(async () => SMALL), { method })
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  it('works over HTTP/2', async () => {
    const server = http2.createServer(
      createHandler(new ScrapeCoordinator(async () => LARGE, PLAIN), undefined),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = client.request({ ':path': '/metrics', 'accept-encoding': 'gzip' })
    const head = await new Promise<http2.IncomingHttpHeaders>((resolve) => stream.on('response', resolve))
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    client.close()
    server.close()
    expect([head[':status' as never], head['content-encoding']]).toEqual([200, 'gzip'])
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toMatch(/^# TYPE g gauge\ng\{n="0",/)
  })
})

describe('a request that already has a response', () => {
  it.each(['POST', 'GET', 'HEAD'])('with %s does not make the handler throw', async (method) => {
    const handler = createHandler(new ScrapeCoordinator(async () => SMALL, PLAIN), undefined)
    const thrown: unknown[] = []
    running = await serve((request, response) => {
      response.writeHead(204).end()
      try {
        handler(request, response)
      } catch (error) {
        thrown.push(error)
      }
    })
    expect((await request(running.port, { method })).status).toBe(204)
    expect(thrown).toEqual([])
  })
})

describe('a client that disconnected before the handler is called', () => {
  it('does not count as a concurrent scrape', async () => {
    const handler = createHandler(new ScrapeCoordinator(async () => SMALL, PLAIN), undefined)
    let closed = 0
    running = await serve((request, response) => {
      if (request.url === '/metrics') return handler(request, response)
      response.once('close', () => {
        closed += 1
        handler(request, response)
      })
      return request.socket.destroy()
    })
    const { port } = running
    await Promise.allSettled(Array.from({ length: 101 }, () => request(port, { path: '/gone' })))
    expect(closed).toBe(101)
    expect((await request(port)).status).toBe(200)
  })

  it('does not count over HTTP/2 either', async () => {
    const handler = createHandler(new ScrapeCoordinator(async () => SMALL, PLAIN), undefined)
    const server = http2.createServer((request, response) => {
      if (request.url === '/metrics') return handler(request, response)
      response.once('close', () => handler(request, response))
      return response.stream.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const status = async (path: string): Promise<unknown> => {
      const stream = client.request({ ':path': path }).resume()
      const closed = once(stream, 'close')
      let received: unknown
      stream.on('response', (headers) => {
        received = headers[':status']
      })
      await closed
      return received
    }
    const gone = await Promise.all(Array.from({ length: 101 }, () => status('/gone')))
    expect([new Set(gone), await status('/metrics')]).toEqual([new Set([undefined]), 200])
    client.close()
    server.close()
  })
})

describe('a method that is not allowed', () => {
  it('gets 401 without the token, and 405 with it', async () => {
    const port = await start(async () => SMALL, 'secret')
    const headers = { authorization: 'Bearer secret' }
    const answers = [
      await request(port, { method: 'POST' }),
      await request(port, { method: 'POST', headers }),
    ]
    expect(answers.map(({ status, headers: { allow } }) => [status, allow])).toEqual([
      [401, undefined],
      [405, 'GET, HEAD'],
    ])
  })
})

describe('with a token', () => {
  it.each([
    [undefined, 401],
    ['', 401],
    ['Bearer', 401],
    ['Bearer wrong', 401],
    ['Bearer secret1', 401],
    ['Basic secret', 401],
    ['secret', 401],
    ['Bearer secret', 200],
    ['bearer   secret', 200],
  ])('Authorization: %s gets status %s', async (authorization, status) => {
    const port = await start(async () => SMALL, 'secret')
    const received = await request(port, authorization === undefined ? {} : { headers: { authorization } })
    expect(received.status).toBe(status)
    if (status === 401) {
      expect(received.headers['www-authenticate']).toBe('Bearer realm="metrics"')
      expect(received.body.toString()).toBe('bearer token required\n')
    }
  })
})

describe('concurrent scrapes', () => {
  it('share a collection, and the body if they request the same', async () => {
    const released = Promise.withResolvers<CollectionResult>()
    let collected = 0
    const scrapes = new ScrapeCoordinator(() => {
      collected += 1
      return released.promise
    }, PLAIN)
    const handler = createHandler(scrapes, undefined)
    let arrived = 0
    const all = Promise.withResolvers<void>()
    running = await serve((request, response) => {
      handler(request, response)
      arrived += 1
      if (arrived === 50) all.resolve()
    })
    const { port } = running
    const accept = 'application/openmetrics-text'
    const answers = Array.from({ length: 50 }, (_, at) =>
      request(port, at % 2 ? { headers: { accept } } : {}),
    )
    await all.promise
    released.resolve(SMALL)
    const bodies = (await Promise.all(answers)).map(({ body }) => body.toString())
    expect(collected).toBe(1)
    expect(new Set(bodies)).toEqual(
      new Set([TEXT, '# TYPE c counter\nc_total 1\n# TYPE g gauge\ng 2\n# EOF\n']),
    )
    await request(port)
    expect(collected).toBe(2)
  })
})

describe('more concurrent scrapes of one address than the limit', () => {
  it('get 503 with Retry-After, and later ones succeed', async () => {
    const released = Promise.withResolvers<CollectionResult>()
    const port = await start(() => released.promise)
    const refused = Promise.withResolvers<void>()
    let refusals = 0
    const answers = Array.from({ length: 110 }, async () => {
      const received = await request(port)
      if (received.status === 503) refusals += 1
      if (refusals === 10) refused.resolve()
      return received
    })
    await refused.promise
    released.resolve(SMALL)
    const all = await Promise.all(answers)
    const [ok, told] = [200, 503].map((status) => all.filter((received) => received.status === status))
    expect([ok?.length, told?.length, told?.[0]?.headers['retry-after']]).toEqual([100, 10, '1'])
    expect((await request(port)).status).toBe(200)
  })
})

describe('a collection', () => {
  it('that fails in part is exposed without the failed instruments, which are logged once', async () => {
    const { messages, stop } = captureDiagnostics()
    const port = await start(async () => collection(SMALL.resourceMetrics, [new Error('one callback')]))
    const answers = [await request(port), await request(port)]
    stop()
    expect(answers.map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, TEXT],
      [200, TEXT],
    ])
    expect(messages).toEqual(['warn: prometheus: an instrument could not be collected: Error: one callback'])
  })

  it('that fails gives 500; its start and end are logged once', async () => {
    const { messages, stop } = captureDiagnostics()
    let scrape = 0
    const port = await start(async () => {
      scrape += 1
      if (scrape === 1) throw new Error('all gone')
      return SMALL
    })
    const answers = [await request(port), await request(port)]
    stop()
    expect(answers.map(({ status, body }) => [status, body.toString()])).toEqual([
      [500, 'metrics could not be collected\n'],
      [200, TEXT],
    ])
    expect(messages).toEqual([
      'error: prometheus: a scrape failed with status 500: Error: all gone',
      'error: prometheus: scrapes succeed again',
    ])
  })

  it('that never ends gives 503 within the timeout of the scraper; the next scrape collects again', async () => {
    const { messages, stop } = captureDiagnostics()
    let scrape = 0
    const limits: number[] = []
    const port = await start(({ timeoutMillis }) => {
      limits.push(timeoutMillis)
      scrape += 1
      return scrape === 1 ? new Promise(() => {}) : Promise.resolve(SMALL)
    })
    const headers = { 'x-prometheus-scrape-timeout-seconds': '1.6' }
    const answers = [await request(port, { headers }), await request(port)]
    stop()
    expect(answers.map(({ status, body }) => [status, body.toString()])).toEqual([
      [503, 'collecting the metrics took longer than 1100 ms\n'],
      [200, TEXT],
    ])
    expect(limits).toEqual([880, 8000])
    expect(messages[0]).toBe(
      "error: prometheus: a scrape failed with status 503: collecting the metrics took longer than 1100 ms; find the slow observable callback, or raise the scraper's scrape_timeout",
    )
  })
})

describe('the timeout of a scraper', () => {
  it.each([
    ['15', 11_600],
    ['0.001', 800],
    ['-1', 800],
    ['1e9', 48_000],
    ['soon', 8000],
  ])('of %s s gives instruments %s ms', async (header, expected) => {
    const limits: number[] = []
    const port = await start(async ({ timeoutMillis }) => {
      limits.push(timeoutMillis)
      return SMALL
    })
    await request(port, { headers: { 'x-prometheus-scrape-timeout-seconds': header } })
    expect(limits).toEqual([expected])
  })
})
