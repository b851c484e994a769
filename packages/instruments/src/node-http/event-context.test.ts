import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import http, { type RequestListener } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { observationOf } from '../observation/observation-registry.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { currentRequest } from '../request-context/current-request.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { send } from '../testing/servers.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe()
})

afterEach(async () => {
  vi.restoreAllMocks()
  await observed.end()
})

/** Sends the body after the server has asked for it by 100 Continue, so that it arrives after the headers. */
function post(port: number, agent: http.Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { port, method: 'POST', agent, headers: { expect: '100-continue' } },
      (response) => {
        let text = ''
        response.on('data', (data) => (text += data)).on('end', () => resolve(text))
      },
    )
    request.on('continue', () => request.end('body')).on('error', reject)
    request.flushHeaders()
  })
}

describe('a listener of a request whose body arrives later', () => {
  const seen: [event: string, isItsOwn: boolean][] = []
  const note = (event: string, target: object) => {
    seen.push([event, currentRequest() === observationOf(target)])
  }
  const handler: RequestListener = (request, response) => {
    request.on('data', () => note('data', request))
    request.once('end', () => {
      note('end', request)
      setImmediate(() => {
        note('later', request)
        response.end('ok')
      })
    })
    response.on('finish', () => note('finish', response)).on('close', () => note('close', response))
  }
  const all = ['data', 'end', 'later', 'finish', 'close'].map((event) => [event, true])

  beforeEach(() => void seen.splice(0))

  it('runs as the request, and so does the code that it starts', async () => {
    expect(await post(await observed.serve(handler))).toBe('ok')
    await observed.idle()
    expect(seen).toEqual(all)
  })

  it('runs as its own request on a connection that is kept alive', async () => {
    const port = await observed.serve(handler)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    await Promise.all([post(port, agent), post(port, agent), post(port, agent)])
    agent.destroy()
    await observed.idle()
    expect(seen).toEqual([...all, ...all, ...all])
  })

  it('runs as the request over HTTP/2', async () => {
    const server = http2.createServer()
    server.on('stream', (stream) => {
      const isOwn = () => currentRequest() === observationOf(stream)
      stream.respond({ ':status': 200 })
      stream.on('data', () => {}).on('end', () => stream.end(String(isOwn())))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const request = session.request({ ':method': 'POST', ':path': '/' })
    const body = await new Promise<string>((resolve) => {
      let text = ''
      request.on('response', () => request.end('body'))
      request.on('data', (data) => (text += data)).on('end', () => resolve(text))
    })
    session.close()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    expect(body).toBe('true')
  })
})

it('enters the async context of a request without a body once', async () => {
  const port = await observed.serve((_request, response) => response.end('ok'))
  await send(port, '/')
  const run = vi.spyOn(AsyncLocalStorage.prototype, 'run')
  await send(port, '/')
  await observed.idle()
  expect(run).toHaveBeenCalledOnce()
})

it('throws the errors of listeners, and returns whether there are listeners', async () => {
  const outside = AsyncLocalStorage.bind((emit: () => boolean) => emit())
  const thrown = new Error('of the application')
  const seen: unknown[] = []
  const port = await observed.serve((request, response) => {
    request.on('mine', (...args) => {
      seen.push(args, currentRequest() === observationOf(request))
      throw thrown
    })
    expect(() => outside(() => request.emit('mine', 1, undefined))).toThrow(thrown)
    seen.push(outside(() => request.emit('unheard')))
    response.end()
  })
  await send(port, '/')
  expect(seen).toEqual([[1, undefined], true, false])
})

it('calls an emit that was wrapped later on EventEmitter.prototype', async () => {
  const seen: unknown[] = []
  const unwrap = wrapMethod(
    EventEmitter.prototype,
    'emit',
    (original) =>
      function emit(this: EventEmitter, ...args: unknown[]): unknown {
        if (args[0] === 'mine') seen.push(this.constructor.name)
        return original(this, args)
      },
  )
  const port = await observed.serve((request, response) => {
    request.emit('mine')
    response.emit('mine')
    response.end()
  })
  await send(port, '/')
  unwrap()
  expect(seen).toEqual(['IncomingMessage', 'ServerResponse'])
})
