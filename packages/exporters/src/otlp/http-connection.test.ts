import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, BODY, server, transport } from '../testing/http-transport.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`

describe('a connection', () => {
  /** Number of connections that two requests need if the server sends these bytes as responses. */
  async function connectionsFor(
    response: string,
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
            socket.write(response)
            after(socket)
          })
      }),
    )
    const instance = transport(port)
    for (let n = 0; n < 2; n++) expect(await instance.send(BODY)).toEqual(ACCEPTED)
    return connections
  }

  it.each([
    ['a response with a length', `${OK}content-length: 2\r\n\r\n{}`, 1],
    ['a chunked response', `${CHUNKED}2;x=1\r\n{}\r\n0\r\ntrailer: 1\r\n\r\n`, 1],
    ['a response without a body', 'HTTP/1.1 204 No Content\r\n\r\n', 1],
    [
      'an interim and a final response',
      `HTTP/1.1 103 Early\r\nlink: x\r\n\r\n${OK}content-length: 0\r\n\r\n`,
      1,
    ],
    ['HTTP/1.0 with keep-alive', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n', 1],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', 2],
    ['a response with Connection: close', `${OK}connection: close\r\ncontent-length: 0\r\n\r\n`, 2],
    ['bytes after the response', `${OK}content-length: 0\r\n\r\nHTTP/1.1 200 OK`, 2],
  ])('after %s allows another request or not', async (_name, response, connections) => {
    expect(await connectionsFor(response)).toBe(connections)
  })

  it('is replaced by a new one if the server has closed it, even if other idle connections exist', async () => {
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
    const instance = transport(port)
    await Promise.all([instance.send(BODY), instance.send(BODY)])
    isDead = true
    expect(await instance.send(BODY)).toEqual(ACCEPTED)
    expect(sockets.size).toBe(3)
  })

  it('ends a body without a length', async () => {
    expect(await connectionsFor(`${OK}\r\n{}`, (socket) => socket.end())).toBe(2)
  })
})
