import { afterEach, beforeEach, expect, it } from 'vitest'
import { ObservedHttp } from '../../testing/observed-http.ts'
import { clientClose, clientFrame, handshake, RawClient, SWITCHING } from '../../testing/raw-websocket.ts'
import { close, listen, portOf } from '../../testing/servers.ts'

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
  observed.observe()
})

afterEach(() => observed.end())

it('counts a handshake on the socket of a rejected one, and its messages once', async () => {
  const server = await listen((_request, response) => response.end())
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  let handshakes = 0
  server.on('upgrade', (_request, socket) => {
    handshakes++
    if (handshakes < 3) {
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
      server.emit('connection', socket)
      return
    }
    socket.on('close', resolve).on('end', () => socket.end())
    socket.resume().write(SWITCHING)
  })
  const client = new RawClient(portOf(server), handshake())
  for (let rejected = 0; rejected < 2; rejected++) {
    await client.received('401 Unauthorized')
    client.text = ''
    client.socket.write(handshake())
  }
  await client.received(SWITCHING)
  client.socket.end(Buffer.concat([clientFrame({ payload: Buffer.from('text') }), clientClose(1000)]))
  await closed
  await close(server)
  const { provider } = observed
  expect(provider.sums('websocket.connections')).toEqual({
    'route=unmatched,outcome=rejected': 2,
    'route=unmatched,outcome=accepted': 1,
  })
  expect(provider.sums('websocket.messages')).toEqual({ 'route=unmatched,direction=received': 1 })
  expect(provider.sums('websocket.closes')).toEqual({ 'route=unmatched,code=1000': 1 })
  expect(provider.sums('websocket.connections_active')).toEqual({ 'route=unmatched': 0 })
})
