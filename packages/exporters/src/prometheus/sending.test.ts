import type { ServerResponse } from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ask, type Loopback, serve } from '../test-support/loopback.ts'
import { Body } from './body.ts'
import { Sendings } from './sending.ts'

const MEGABYTES = 1024 * 1024

let running: Loopback | undefined
const sockets: net.Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await running?.close()
  running = undefined
})

function bodyOf(megabytes: number): Body {
  return new Body(
    'text/plain',
    Array.from({ length: megabytes * 16 }, () => Buffer.alloc(64 * 1024, 'x')),
  )
}

/** A client that asks and never reads. */
function hang(port: number): void {
  const socket = net.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
  socket.on('error', () => {})
  socket.pause()
  sockets.push(socket)
}

describe('a client', () => {
  it('that reads gets all, in one piece', async () => {
    const sendings = new Sendings()
    running = await serve((_, response) => void sendings.send(response, bodyOf(5), false))
    const { body, complete, headers } = await ask(running.port)
    expect([body.length, complete, headers['content-length']]).toEqual([
      5 * MEGABYTES,
      true,
      `${5 * MEGABYTES}`,
    ])
    expect(sendings.size).toBe(0)
  })

  it('that does not read holds little of the answer, and is cut when its time is up', async () => {
    const sendings = new Sendings(300)
    const ended = Promise.withResolvers<ServerResponse>()
    const held: number[] = []
    running = await serve((_, response) => {
      const watch = setInterval(() => held.push(response.writableLength), 20)
      void sendings.send(response, bodyOf(30), false).then(() => {
        clearInterval(watch)
        ended.resolve(response)
      })
    })
    hang(running.port)
    expect((await ended.promise).destroyed).toBe(true)
    expect(Math.max(...held)).toBeLessThan(MEGABYTES)
    expect(sendings.size).toBe(0)
  })

  it('that goes away in the middle ends its answer', async () => {
    const sendings = new Sendings()
    const ended = Promise.withResolvers<void>()
    running = await serve(
      (_, response) => void sendings.send(response, bodyOf(30), false).then(ended.resolve),
    )
    const socket = net.connect(running.port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    )
    socket.once('data', () => socket.destroy())
    await ended.promise
    expect(sendings.size).toBe(0)
  })
})

describe('a client that went away before there was an answer', () => {
  it('holds nothing: sending to it is over at once', async () => {
    const sendings = new Sendings()
    const sent = Promise.withResolvers<void>()
    running = await serve((_, response) => {
      response.once('close', () => void sendings.send(response, bodyOf(1), false).then(sent.resolve))
      socket.destroy()
    })
    const socket = net.connect(running.port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    )
    await sent.promise
    expect(sendings.size).toBe(0)
  })

  it('holds nothing over HTTP/2 either', async () => {
    const sendings = new Sendings()
    const sent = Promise.withResolvers<void>()
    const server = http2.createServer((_, response) => {
      response.once('close', () => void sendings.send(response, bodyOf(1), false).then(sent.resolve))
      session.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = http2.connect(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}`)
    session.on('error', () => {})
    session.request({ ':path': '/' }).on('error', () => {})
    await sent.promise
    server.close()
    expect(sendings.size).toBe(0)
  })
})

describe('many clients that do not read', () => {
  it('of the same body hold it once', async () => {
    const sendings = new Sendings()
    const body = bodyOf(30)
    const all = Promise.withResolvers<void>()
    running = await serve((_, response) => {
      void sendings.send(response, body, false)
      if (sendings.size === 20) all.resolve()
    })
    for (let client = 0; client < 20; client += 1) hang(running.port)
    await all.promise
    expect(sendings.size).toBe(20)
  })

  it('of many bodies are cut, the oldest first, so that two bodies and a megabyte are held at most', async () => {
    const sendings = new Sendings()
    const responses: ServerResponse[] = []
    const all = Promise.withResolvers<void>()
    running = await serve((_, response) => {
      responses.push(response)
      void sendings.send(response, bodyOf(30), false)
      if (responses.length === 5) all.resolve()
    })
    for (let client = 0; client < 5; client += 1) hang(running.port)
    await all.promise
    expect(responses.map(({ destroyed }) => destroyed)).toEqual([true, true, true, false, false])
  })
})
