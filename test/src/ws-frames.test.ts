import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import WebSocket from 'ws'
import { encodeFrame, OPCODES } from '../websockets/frames.ts'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

/** 1 + 300 + 70,000 + 6 bytes. */
const MESSAGES = ['a', Buffer.alloc(300), Buffer.alloc(70_000), 'éàü']
const BYTES = 70_307

/** A client, which keeps its messages: several may arrive at once, also with the response to the handshake. */
class Client {
  readonly socket: WebSocket
  readonly closed: Promise<unknown>
  #received = 0
  #onMessage = (): void => {}

  constructor(url: string) {
    this.socket = new WebSocket(url, { perMessageDeflate: false })
    this.closed = once(this.socket, 'close')
    this.socket.on('message', () => {
      this.#received++
      this.#onMessage()
    })
  }

  /** Resolves when so many messages were received in total. */
  async received(count: number): Promise<void> {
    while (this.#received < count) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve
      })
    }
  }
}

/** Sends each message and waits for its echo. Closes. */
async function echo(client: Client, greetings = 0): Promise<void> {
  for (const [i, message] of MESSAGES.entries()) {
    client.socket.send(message)
    await client.received(greetings + i + 1)
  }
  client.socket.close(1000)
}

/** Sends messages in one write with the handshake, and then a close frame. */
async function sendEarly(port: string, path: string): Promise<void> {
  const frames = Buffer.concat(MESSAGES.map((payload) => encodeFrame({ opcode: OPCODES.binary, payload })))
  const headers = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Frames: ${frames.length}`
  const socket = connect(Number(port), '127.0.0.1')
  const closed = once(socket, 'close')
  socket.write(Buffer.concat([Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n`), frames]))
  await once(socket, 'data')
  const code = Buffer.from([1000 >> 8, 1000 & 0xff])
  socket.write(encodeFrame({ opcode: OPCODES.close, payload: code }))
  socket.resume()
  await closed
}

/** What a client does with an open connection, by path. */
const CLIENTS: Readonly<Record<string, (client: Client) => unknown>> = {
  '/echo': echo,
  '/wrapped-before': echo,
  '/wrapped-after': echo,
  '/open': (client) => echo(client, 1),
  '/direct': async (client) => {
    client.socket.send('a')
    await client.received(2)
    client.socket.close(1000)
  },
  '/end-with-frame': ({ socket }) => socket.send('a'),
  '/end-first': () => {},
  '/prototype': ({ socket }) => socket.send('a'),
  '/idle': () => {},
  '/active': async (client) => {
    // The text of the first messages is read, since they may be those of an LLM session.
    for (let i = 0; i < 50; i++) client.socket.send('a')
    await client.received(50)
    client.socket.send('wait')
    await client.received(52)
    client.socket.send('terminate')
  },
}

async function run(url: string, path: string): Promise<void> {
  const { port } = new URL(url)
  if (path === '/early') return sendEarly(port, path)
  const client = new Client(`ws://127.0.0.1:${port}${path}`)
  await once(client.socket, 'open')
  await CLIENTS[path]?.(client)
  await client.closed
}

/** What is counted of one connection: messages and bytes received and sent, code and outcome. */
type Counts = readonly [received: number, bytes: number, sent: number, bytes: number, string, string]

function countsOf(scraped: Scrape, route: string): Counts {
  const count = (name: string, direction: string) =>
    scraped.values(name)[`direction=${direction},route=${route}`] ?? 0
  const label = (name: string) =>
    Object.keys(scraped.values(name))
      .filter((key) => key.split(',').includes(`route=${route}`))
      .join()
      .replace(/,?route=[^,]*|,?(code|outcome)=/g, '')
  return [
    count('websocket_messages_total', 'received'),
    count('websocket_message_bytes_total', 'received'),
    count('websocket_messages_total', 'sent'),
    count('websocket_message_bytes_total', 'sent'),
    label('websocket_closes_total'),
    label('websocket_sessions_total'),
  ]
}

const ECHOED = [4, BYTES, 4, BYTES, '1000', 'completed'] as const

const EXPECTED: Readonly<Record<string, Counts>> = {
  '/echo': ECHOED,
  '/wrapped-before': ECHOED,
  '/wrapped-after': ECHOED,
  '/early': ECHOED,
  '/open': [4, BYTES, 5, BYTES + 5, '1000', 'completed'],
  // What is written to the socket itself is not counted.
  '/direct': [1, 1, 1, 1, '1000', 'completed'],
  '/end-with-frame': [1, 1, 2, 6, '1006', 'server_error'],
  '/end-first': [0, 0, 0, 0, '1006', 'server_error'],
  '/prototype': [1, 1, 1, 1, '1006', 'server_error'],
  '/idle': [0, 0, 0, 0, '1006', 'timeout'],
  '/active': [52, 63, 53, 67, '1006', 'server_error'],
}

it.each([
  ['before the first collection', {}, false],
  ['after it', {}, true],
  ['with traces', { VR_TRACING_ENABLED: 'true', VR_OPENTELEMETRY_PORT: '1' }, true],
])('a server of ws has exact series, however its sockets are used: %s', async (_when, env, isCollected) => {
  const app = new RunningApp('ws-frames.cjs', { env })
  const url = await app.url()
  if (isCollected) await scrape(`${url}/metrics`)
  for (const path of Object.keys(EXPECTED)) await run(url, path)
  const scraped = await eventually(async () => {
    const all = await scrape(`${url}/metrics`)
    const active = Object.values(all.values('websocket_connections_active'))
    return active.every((value) => value === 0) ? all : undefined
  })
  await app.kill()
  const counted = Object.keys(EXPECTED).map((path) => [path, countsOf(scraped, path)])
  expect(Object.fromEntries(counted)).toEqual(EXPECTED)
  expect(scraped.values('vr_otel_websocket_unread_total')).toEqual({ '': 1 })
  expect(scraped.values('vr_otel_internal_errors_total')).toEqual({})
})
