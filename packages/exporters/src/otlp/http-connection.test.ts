import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, BODY, server, transport } from '../testing/http-transport.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

describe('a connection', () => {
  /** How many connections two requests take whose answers are these bytes. */
  async function connectionsFor(
    answer: string,
    after: (socket: net.Socket) => void = () => {},
  ): Promise<number> {
    let connections = 0
    const port = await server(
      net.createServer((socket) => {
        connections++
        socket
          .on('error', () => {})
          .on('data', (data) => {
            if (!String(data).includes('body')) return
            socket.write(answer)
            after(socket)
          })
      }),
    )
    const made = transport(port)
    for (let n = 0; n < 2; n++) expect(await made.send(BODY)).toEqual(ACCEPTED)
    return connections
  }

  it.each([
    ['an answer of a known length', `${OK}content-length: 2\r\n\r\n{}`, 1],
    ['one in chunks', `${CHUNKED}2;x=1\r\n{}\r\n0\r\ntrailer: 1\r\n\r\n`, 1],
    ['one without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 1],
    ['one after an interim one', `HTTP/1.1 103 Early\r\nlink: x\r\n\r\n${OK}content-length: 0\r\n\r\n`, 1],
    [
      'an old server that keeps it',
      'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n',
      1,
    ],
    ['an old server', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 2],
    ['a server that says that it closes it', `${OK}connection: close\r\ncontent-length: 0\r\n\r\n`, 2],
    ['more than an answer', `${OK}content-length: 0\r\n\r\nHTTP/1.1 200 OK`, 2],
  ])('is used again, or not, after %s', async (_name, answer, connections) => {
    expect(await connectionsFor(answer)).toBe(connections)
  })

  it('is made anew where one that was kept open is found dead, whatever others are kept open', async () => {
    const sockets = new Set<net.Socket>()
    let isDead = false
    const both = Promise.withResolvers<void>()
    const port = await server(
      net.createServer((socket) => {
        const isNew = isDead
        sockets.add(socket.on('error', () => {}))
        socket.on('data', async () => {
          if (isDead && !isNew) socket.resetAndDestroy()
          else {
            if (sockets.size === 2) both.resolve()
            await both.promise
            socket.write(`${OK}content-length: 0\r\n\r\n`)
          }
        })
      }),
    )
    const made = transport(port)
    await Promise.all([made.send(BODY), made.send(BODY)])
    isDead = true
    expect(await made.send(BODY)).toEqual(ACCEPTED)
    expect(sockets.size).toBe(3)
  })

  it('ends a body that says no length', async () => {
    expect(await connectionsFor(`${OK}\r\n{}`, (socket) => socket.end())).toBe(2)
  })
})
