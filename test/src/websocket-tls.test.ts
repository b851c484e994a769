import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { expect, it } from 'vitest'
import { type Certificates, createCertificates } from '../../packages/exporters/src/testing/certificates.ts'
import { encodeFrame, OPCODES } from '../websockets/frames.ts'
import { eventually, RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const certificates = createCertificates()
if (certificates === undefined) console.warn('skipped: WebSockets over TLS need openssl for certificates')

const HANDSHAKE =
  'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

/** Opens a WebSocket, leaves it, and returns the sessions that the application has counted. */
async function sessionsAfter(
  path: string,
  leave: (socket: tls.TLSSocket, transport: net.Socket) => unknown,
): Promise<Record<string, number>> {
  const { ca, server } = certificates as Certificates
  const env = { TLS_KEY: String(server.key), TLS_CERT: String(server.cert), VR_METRICS_PORT: '0' }
  const app = new RunningApp('websocket-tls-proxy.mjs', { env })
  const { port } = new URL(await app.url())
  const transport = net.connect(Number(port), '127.0.0.1')
  const socket = tls.connect({ socket: transport, ca, servername: 'localhost' })
  socket.on('error', () => {}) // a reset
  socket.write(`GET ${path} HTTP/1.1\r\n${HANDSHAKE}`)
  await once(socket, 'data')
  const closed = once(socket, 'close')
  await leave(socket, transport)
  await closed
  const metrics = await app.metricsUrl()
  const sessions = await eventually(async () => {
    const values = (await scrape(metrics)).values('websocket_sessions_total')
    return Object.keys(values).length > 0 ? values : undefined
  })
  await app.kill()
  return sessions
}

const sendMessage = (socket: tls.TLSSocket): unknown =>
  socket.resume().write(encodeFrame({ opcode: OPCODES.text, payload: 'hello' }))

it.skipIf(certificates === undefined).each<[string, string, Parameters<typeof sessionsAfter>[1], string]>([
  ['by pipeline with the error of an engine', '/pipeline', sendMessage, 'server_error'],
  ['by destroy with the error of an engine', '/destroy', sendMessage, 'server_error'],
  [
    'by a client that resets',
    '/destroy',
    (_socket, transport) => transport.resetAndDestroy(),
    'client_abort',
  ],
  ['by a client that ends', '/destroy', (socket) => socket.end(), 'client_abort'],
])('a WebSocket over TLS that is ended %s', async (_how, path, leave, outcome) => {
  expect(await sessionsAfter(path, leave)).toEqual({ [`outcome=${outcome},route=unmatched`]: 1 })
})
