import { once } from 'node:events'
import { expect, it } from 'vitest'
import WebSocket, { type ClientOptions } from 'ws'
import { type Certificates, createCertificates } from '../../packages/exporters/src/testing/certificates.ts'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const certificates = createCertificates()
if (certificates === undefined) console.warn('skipped: WebSockets over TLS need openssl for certificates')

const MESSAGES = [
  'short',
  'é'.repeat(1000),
  Buffer.alloc(70_000, 'compressible'),
  '',
  JSON.stringify({ type: 'response.create', text: 'x'.repeat(100_000) }),
]
const BYTES = MESSAGES.reduce((sum, message) => sum + Buffer.byteLength(message), 0)

/** Sends each message and a message in fragments, waits for each echo, and closes. */
async function converse(url: string, options: ClientOptions): Promise<void> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options)
  await once(socket, 'open')
  for (const message of MESSAGES) {
    const echo = once(socket, 'message')
    socket.send(message)
    await echo
  }
  const echo = once(socket, 'message')
  socket.send('first ', { fin: false })
  socket.send('second', { fin: true })
  await echo
  const closed = once(socket, 'close')
  socket.close(1000)
  await closed
}

async function afterClose(url: string): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(`${url}/metrics`)
    const active = Object.values(scraped.values('websocket_connections_active'))
    return active.every((value) => value === 0) ? scraped : undefined
  })
}

it.each<[string, unknown, ClientOptions]>([
  ['no compression', false, {}],
  ['compression of every message', { threshold: 0 }, {}],
  ['compression of long messages', { threshold: 1024 }, {}],
  [
    'compression without context takeover',
    { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
    {},
  ],
  ['compression that the client does not offer', { threshold: 0 }, { perMessageDeflate: false }],
])(
  'a server of ws with %s has its path as route, and exact messages and bytes',
  async (_what, perMessageDeflate, options) => {
    const env = { PER_MESSAGE_DEFLATE: JSON.stringify(perMessageDeflate) }
    const app = new RunningApp('ws-server.cjs', { env })
    const url = await app.url()
    await converse(`${url}/chat?query`, options)
    const scraped = await afterClose(url)
    await app.kill()
    const both = (value: number) => ({
      'direction=received,route=/chat': value,
      'direction=sent,route=/chat': value,
    })
    expect(scraped.values('websocket_messages_total')).toEqual(both(MESSAGES.length + 1))
    expect(scraped.values('websocket_message_bytes_total')).toEqual(both(BYTES + 'first second'.length))
    expect(scraped.values('websocket_closes_total')).toEqual({ 'code=1000,route=/chat': 1 })
    expect(scraped.values('vr_otel_websocket_unread_total')).toEqual({ '': 0 })
    expect(scraped.values('vr_otel_internal_errors_total')).toEqual({})
  },
)

it('a server of ws without a path, and a handshake of another path, have no route', async () => {
  const app = new RunningApp('ws-server.cjs', { env: { PER_MESSAGE_DEFLATE: 'false' } })
  const url = await app.url()
  await converse(`${url}/any`, {})
  const refused = new WebSocket(`${url.replace('http:', 'ws:')}/elsewhere`)
  await once(refused, 'error')
  const scraped = await afterClose(url)
  await app.kill()
  expect(scraped.values('websocket_connections_total')).toEqual({
    'outcome=accepted,route=unmatched': 1,
    'outcome=rejected,route=unmatched': 1,
  })
})

it.skipIf(certificates === undefined)('a server over TLS has the same series', async () => {
  const { ca, server } = certificates as Certificates
  const env = {
    TLS_KEY: String(server.key),
    TLS_CERT: String(server.cert),
    VR_METRICS_PORT: '0',
    PER_MESSAGE_DEFLATE: 'true',
  }
  const app = new RunningApp('ws-server.cjs', { env })
  const { port } = new URL(await app.url())
  await converse(`https://127.0.0.1:${port}/chat`, { ca: String(ca) })
  const metrics = /metrics at (http:\S+)\/metrics/.exec(app.stderr)?.[1] as string
  const scraped = await afterClose(metrics)
  await app.kill()
  expect(scraped.values('websocket_connections_total')).toEqual({ 'outcome=accepted,route=/chat': 1 })
  expect(scraped.values('websocket_sessions_total')).toEqual({ 'outcome=completed,route=/chat': 1 })
  expect(scraped.values('websocket_message_bytes_total')).toEqual({
    'direction=received,route=/chat': BYTES + 'first second'.length,
    'direction=sent,route=/chat': BYTES + 'first second'.length,
  })
})
