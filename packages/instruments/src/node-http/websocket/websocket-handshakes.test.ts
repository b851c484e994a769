import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { setRoute } from '../../observation/observation-registry.ts'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame, handshake, SWITCHING } from '../../testing/raw-websocket.ts'
import { accept, exchange, type Handler, totalsOf } from '../../testing/websocket-exchange.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe({ observes: (target) => target !== '/excluded' })
})

afterEach(() => observed.end())

const totals = () => totalsOf(observed)

describe('a handshake', () => {
  const rejected = { 'connections route=unmatched,outcome=rejected': 1 }

  it.each<[string, Handler, Record<string, number>]>([
    ['answered with 401', (socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'), rejected],
    ['answered with 400 as bytes', (socket) => socket.end(Buffer.from('HTTP/1.1 400 Bad\r\n\r\n')), rejected],
    ['answered without HTTP', (socket) => socket.end('no'), rejected],
    ['destroyed without an answer', (socket) => socket.destroy(), rejected],
    ['ended without an answer', (socket) => socket.end(), rejected],
    [
      'of a route, answered with 404',
      (socket, request) => {
        setRoute(request, '/ws/:id')
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      },
      { 'connections route=/ws/{id},outcome=rejected': 1 },
    ],
  ])('%s is rejected', async (_how, onUpgrade, expected) => {
    await exchange(
      (socket, request, head) => {
        socket.resume()
        return onUpgrade(socket, request, head)
      },
      (raw) => raw.socket.end(clientFrame({})),
    )
    expect(totals()).toEqual(expected)
  })

  it('that the client abandons is rejected', async () => {
    await exchange(
      (socket) => void socket.resume().on('end', () => socket.end()),
      (raw) => raw.socket.end(),
    )
    expect(totals()).toEqual(rejected)
  })

  it.each([
    ['/v1/realtime?model=gpt-realtime', '/v1/realtime'],
    ['/v1/other', 'unmatched'],
  ])('to %s without a route counts with the route %s', async (target, route) => {
    await exchange(accept, (raw) => raw.socket.end(clientClose(1000)), handshake(target))
    expect(totals()).toMatchObject({ [`connections route=${route},outcome=accepted`]: 1 })
  })

  it('counts with the route that is set before its acceptance', async () => {
    await exchange(
      (socket, request, head) => {
        setRoute(request, '/ws/:id')
        accept(socket, request, head)
        setRoute(request, '/late')
      },
      (raw) => raw.socket.end(clientClose(1000)),
    )
    expect(totals()).toEqual({
      'connections route=/ws/{id},outcome=accepted': 1,
      'connection.duration route=/ws/{id}': 1,
      'closes route=/ws/{id},code=1000': 1,
      'sessions route=/ws/{id},outcome=completed': 1,
    })
  })

  it.each([
    ['for another protocol', handshake('/ws', 'h2c'), SWITCHING.replace('websocket', 'h2c')],
    [
      'answered with another protocol',
      handshake('/ws', 'h2c, websocket'),
      SWITCHING.replace('websocket', 'h2c'),
    ],
    ['of an excluded path', handshake('/excluded'), SWITCHING],
  ])('%s is not measured, and nothing but the end stays wrapped', async (_what, first, response) => {
    let own: string[] = []
    await exchange(
      (socket) => {
        socket.write(response)
        own = Object.getOwnPropertyNames(socket).filter((name) => /^(push|write|end)$/.test(name))
        socket.resume().on('end', () => socket.end())
      },
      (raw) => raw.socket.end(clientFrame({})),
      first,
    )
    expect([totals(), own]).toEqual([{}, []])
  })
})
