import { channel, subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { afterAll, expect, it } from 'vitest'
import { readPeerAddresses } from './peer-addresses.ts'

setFlagsFromString('--allow-natives-syntax')
/** Returns whether two objects have the same hidden class. */
const areAlike = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean

const accepted: Socket[] = []
const called: Socket[] = []

/** Reads the peer address of every second connection, as the spans of sampled requests would. */
const server = http.createServer((request, response) => {
  if (accepted.push(request.socket) % 2 === 0) void request.socket.remoteAddress
  response.end()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo

afterAll(() => void server.close())

subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { socket: Socket }
  if (called.push(socket) % 2 === 0) void socket.remoteAddress
})

async function callTwice(): Promise<boolean[]> {
  for (const sockets of [accepted, called]) sockets.length = 0
  for (let n = 0; n < 2; n++) {
    await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text()
  }
  return [accepted, called].map(([first, second]) => areAlike(first as Socket, second as Socket))
}

it('all sockets have one hidden class, whether or not a span reads their peer address', async () => {
  expect(await callTwice()).toEqual([false, false])
  readPeerAddresses()
  expect(await callTwice()).toEqual([true, true])
})

it('an error of a socket getter does not reach the application', async () => {
  const thrown: unknown[] = [] // Node throws errors of subscribers in process.nextTick
  const note = (error: unknown) => void thrown.push(error)
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', note)
  const socket = {
    get remoteAddress(): string {
      throw new Error('no peer')
    },
  }
  for (const name of ['http.server.request.start', 'http.client.response.finish'])
    for (const message of [{ socket }, { request: { socket } }, { request: {} }])
      channel(name).publish(message)
  await new Promise(setImmediate)
  process.off('uncaughtException', note)
  for (const listener of others) process.on('uncaughtException', listener)
  expect(thrown).toEqual([])
})
