import { createHash } from 'node:crypto'
import type { WebSocketApplication } from './applications.ts'
import { type ClientOptions, type MessageCount, RawClient } from './raw-client.ts'
import { COMPRESSED, converse, ENDS, HALF_OPEN, type Scenario } from './scenarios.ts'

/** A connection as its client saw it. */
export interface Connection {
  readonly name: string
  readonly route: string
  readonly status: number | undefined
  /** The head of the answer to the handshake. */
  readonly head: string
  /** The messages that the client received, without compression; long ones as hashes. */
  readonly messages: readonly string[]
  readonly sent: MessageCount
  readonly received: MessageCount
  /** The labels of its end; `undefined` for a rejected handshake. */
  readonly end: { readonly code: string; readonly outcome: string } | undefined
  /** Whether the size of its messages cannot be known to metrics. */
  readonly isHidden: boolean
}

/** An application that is running. */
export interface RunningServer {
  readonly port: number
  /** Called while connections are open, with their number by route. */
  readonly onOpen: (open: Readonly<Record<string, number>>) => Promise<void>
  /** Makes the application close all its connections with 1001. */
  readonly shutDown: () => Promise<unknown>
}

/** How many connections a shutdown finds open. */
const OPEN = 3

/** Opens a connection of each kind, one after another, and returns what the clients saw. */
export async function connectAll(
  application: WebSocketApplication,
  server: RunningServer,
): Promise<Connection[]> {
  const connections: Connection[] = []
  for (const { path, route, status, isMalformed = false } of application.rejections) {
    const headers = isMalformed ? { 'Sec-WebSocket-Key': undefined } : {}
    const client = await RawClient.connect(server.port, { path, headers })
    if (client.status === 101) throw new Error(`${path} was not rejected`)
    client.kill('end')
    await client.closed()
    const name = `rejected with ${status ?? 'no status'}`
    if (client.status !== status) throw new Error(`${path} was answered with ${client.status}`)
    connections.push(seenBy(client, { name, route, end: undefined, isHidden: false }))
  }
  for (const scenario of [...ENDS, HALF_OPEN, ...COMPRESSED]) {
    connections.push(await play(application, scenario, server.port))
  }
  return [...connections, ...(await shutDown(application, server))]
}

async function play(
  { wire, plain, compressed, hidesCompressed = false }: WebSocketApplication,
  scenario: Scenario,
  port: number,
): Promise<Connection> {
  const { name, deflate, isResponsive = true, end, code, outcome } = scenario
  const { path, route } = deflate === undefined ? plain : compressed
  const client = await RawClient.connect(port, { path, isResponsive, ...offered(deflate) })
  await converse(client, wire)
  await end(client, wire)
  await client.closed()
  const isHidden = hidesCompressed && deflate !== undefined
  return seenBy(client, { name, route, end: { code, outcome }, isHidden })
}

async function shutDown({ wire, plain }: WebSocketApplication, server: RunningServer): Promise<Connection[]> {
  const clients = []
  for (let i = 0; i < OPEN; i++) {
    const client = await RawClient.connect(server.port, { path: plain.path })
    await converse(client, wire)
    clients.push(client)
  }
  await server.onOpen({ [plain.route]: OPEN })
  await server.shutDown()
  await Promise.all(clients.map((client) => client.closed()))
  const end = { code: '1001', outcome: 'completed' }
  return clients.map((client) =>
    seenBy(client, { name: 'server shutdown', route: plain.route, end, isHidden: false }),
  )
}

function offered(deflate: Scenario['deflate']): Pick<ClientOptions, 'deflate'> {
  return deflate === undefined ? {} : { deflate }
}

/** Values that differ between two runs: session ids of socket.io, and times. */
const VARIABLE = /(?<="sid":")[^"]+|(?<=^Date: ).*$/gim

function seenBy(
  client: RawClient,
  rest: Pick<Connection, 'name' | 'route' | 'end' | 'isHidden'>,
): Connection {
  const constant = (bytes: Buffer): string => bytes.toString('latin1').replaceAll(VARIABLE, '')
  const { status, sent, received } = client
  const [head = ''] = constant(client.transcript).split('\r\n\r\n')
  const messages = client.messages.map((message) => {
    const text = constant(message)
    return text.length < 200 ? text : createHash('sha256').update(text).digest('hex')
  })
  return { ...rest, status, head, messages, sent, received }
}
