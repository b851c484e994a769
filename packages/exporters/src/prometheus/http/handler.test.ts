import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { request } from '../../testing/loopback.ts'
import { collection, gauge, PLAIN, point, resourceMetrics } from '../../testing/metric-data.ts'
import { SMALL, SMALL_TEXT, startEndpoint } from '../../testing/scrape-endpoint.ts'
import { ScrapeCoordinator } from '../scrape/scrape-coordinator.ts'
import { createHandler } from './handler.ts'

const LARGE = collection(
  resourceMetrics([
    gauge(
      'g',
      Array.from({ length: 500 }, (_, at) => point(at, { n: `${at}`, text: 'long'.repeat(9) })),
    ),
  ]),
)

describe('a scrape', () => {
  it('gets text 0.0.4 with its content type and length', async () => {
    const { status, headers, body } = await request(await startEndpoint(async () => SMALL))
    const { date: _d, connection: _c, ...rest } = headers
    expect([status, body.toString(), rest]).toEqual([
      200,
      SMALL_TEXT,
      {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'content-length': '52',
        vary: 'Accept, Accept-Encoding',
      },
    ])
  })

  it('gets OpenMetrics if it accepts it', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0'
    const { headers, body } = await request(await startEndpoint(async () => SMALL), { headers: { accept } })
    expect(headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    )
    expect(body.toString()).toBe('# TYPE c counter\nc_total 1\n# TYPE g gauge\ng 2\n# EOF\n')
  })

  it('gets gzip if it accepts it and the body is large enough', async () => {
    const port = await startEndpoint(async () => LARGE)
    const plain = await request(port)
    const packed = await request(port, { headers: { 'accept-encoding': 'gzip' } })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.headers['content-length']).toBe(`${packed.body.length}`)
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
    expect(
      (
        await request(await startEndpoint(async () => SMALL), { headers: { 'accept-encoding': 'gzip' } })
      ).body.toString(),
    ).toBe(SMALL_TEXT)
  })

  it('gets only the families that name[] selects', async () => {
    const port = await startEndpoint(async () => SMALL)
    const one = await request(port, { path: '/metrics?name[]=c_total' })
    const encoded = await request(port, { path: '/metrics?name%5B%5D=g&x=%ZZ&name[]=none' })
    expect([one.body.toString(), encoded.body.toString()]).toEqual([
      '# TYPE c_total counter\nc_total 1\n',
      '# TYPE g gauge\ng 2\n',
    ])
  })

  it('with HEAD gets the content type without a collection', async () => {
    let collected = 0
    const port = await startEndpoint(async () => {
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
    const { status, headers } = await request(await startEndpoint(async () => SMALL), { method })
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
