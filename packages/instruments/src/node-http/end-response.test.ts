import http, { type RequestListener } from 'node:http'
import { pipeline, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ObservedHttp } from '../testing/observed-http.ts'
import { send, sendRaw, stream } from '../testing/servers.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe()
})

afterEach(() => observed.end())

const ignored = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

/** Ways to destroy the body of a request before it is complete. Node then removes the socket from the request. */
const DESTROYED: Readonly<Record<string, RequestListener>> = {
  'a pipeline whose target was destroyed': (request) => {
    const target = ignored()
    pipeline(request, target, () => {})
    target.destroy()
  },
  'leaving a for await early': async (request) => {
    for await (const _chunk of request) break
  },
}

describe.each(Object.entries(DESTROYED))('a request whose body was destroyed by %s', (_how, destroy) => {
  /** Sends a part of a body, and disconnects after the server has removed the socket from the request. */
  async function leave(listener: RequestListener): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const port = await observed.serve(async (request, response) => {
      await destroy(request, response)
      while (request.socket !== null) await new Promise((then) => setImmediate(then))
      listener(request, response)
      resolve()
    })
    const request = http.request({ port, method: 'POST', agent: false }).on('error', () => {})
    request.write('part')
    await promise
    request.destroy()
    await observed.idle()
  }

  it('counts as 499 if the client disconnects before headers are sent', async () => {
    await leave(() => {})
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=POST,route=unmatched,status=499': 1 })
  })

  it('ends its stream as client_abort if the client disconnects', async () => {
    await leave((_request, response) => stream(response))
    expect(observed.provider.sums('sse.streams')).toEqual({ 'route=unmatched,outcome=client_abort': 1 })
    expect(observed.provider.sums('sse.connections_in_flight')).toEqual({ '': 0 })
  })

  it('counts with its status if the application responds', async () => {
    const port = await observed.serve(async (request, response) => {
      await destroy(request, response)
      response.end('ok')
    })
    const body = 'a'.repeat(100_000)
    await sendRaw(
      port,
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n${body}`,
    )
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=POST,route=unmatched,status=200': 1 })
  })
})

describe('a response that is detached from its connection', () => {
  it('ends when the connection closes', async () => {
    const port = await observed.serve((request, response) => {
      response.detachSocket(request.socket)
      request.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    })
    expect(await send(port, '/')).toBe(200)
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=499': 1 })
  })

  it('ends when it finishes, if it is assigned a socket again', async () => {
    const port = await observed.serve((request, response) => {
      const { socket } = request
      response.detachSocket(socket)
      response.assignSocket(socket)
      response.writeHead(201).end('x')
    })
    expect(await send(port, '/')).toBe(201)
    await observed.idle()
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=201': 1 })
  })
})
