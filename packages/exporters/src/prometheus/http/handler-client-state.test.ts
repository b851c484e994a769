import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { request } from '../../testing/loopback.ts'
import { PLAIN } from '../../testing/metric-data.ts'
import { SMALL, serveUntilEnd } from '../../testing/scrape-endpoint.ts'
import { ScrapeCoordinator } from '../scrape/scrape-coordinator.ts'
import { createHandler } from './handler.ts'

describe('a request that already has a response', () => {
  it.each(['POST', 'GET', 'HEAD'])('with %s does not make the handler throw', async (method) => {
    const handler = createHandler(new ScrapeCoordinator(async () => SMALL, PLAIN), undefined)
    const thrown: unknown[] = []
    const port = await serveUntilEnd((request, response) => {
      response.writeHead(204).end()
      try {
        handler(request, response)
      } catch (error) {
        thrown.push(error)
      }
    })
    expect((await request(port, { method })).status).toBe(204)
    expect(thrown).toEqual([])
  })
})

describe('a client that disconnected before the handler is called', () => {
  it('does not count as a concurrent scrape', async () => {
    const handler = createHandler(new ScrapeCoordinator(async () => SMALL, PLAIN), undefined)
    let closed = 0
    const port = await serveUntilEnd((request, response) => {
      if (request.url === '/metrics') return handler(request, response)
      response.once('close', () => {
        closed += 1
        handler(request, response)
      })
      return request.socket.destroy()
    })
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
