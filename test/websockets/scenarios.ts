import type { ContextTakeover } from './deflate.ts'
import { OPCODES } from './frames.ts'
import type { RawClient } from './raw-client.ts'

/** How messages of an application look on the wire. */
export interface Wire {
  /** The text frame of a text message. */
  readonly text: (message: string) => string
  /** The text frame that announces a binary message, if there is one. */
  readonly announcement?: string
  /** What both sides send after the handshake, before messages of the application. */
  readonly greet?: (client: RawClient) => Promise<void>
}

/** A connection from its handshake to its end, and what metrics should say of the end. */
export interface Scenario {
  readonly name: string
  readonly deflate?: ContextTakeover
  readonly isResponsive?: boolean
  /** Ends the connection, or makes the server end it. */
  readonly end: (client: RawClient, wire: Wire) => unknown
  /** The label `code` of the close. */
  readonly code: string
  readonly outcome: string
}

const CLIENT_CODES: readonly (readonly [code: number | undefined, label: string, outcome: string])[] = [
  [1000, '1000', 'completed'],
  [1001, '1001', 'completed'],
  [undefined, '1005', 'completed'],
  [1008, '1008', 'client_abort'],
  [1011, '1011', 'client_abort'],
  [3000, '3xxx', 'completed'],
  [4001, '4xxx', 'completed'],
]

const SERVER_CODES: readonly (readonly [code: number | undefined, label: string, outcome: string])[] = [
  [1000, '1000', 'completed'],
  [1001, '1001', 'completed'],
  [undefined, '1005', 'completed'],
  [1008, '1008', 'server_error'],
  [1011, '1011', 'server_error'],
  [3000, '3xxx', 'completed'],
  [4001, '4xxx', 'completed'],
]

const ask = (command: string) => (client: RawClient, wire: Wire) => client.text(wire.text(command))

/** One connection for each way to end. */
export const ENDS: readonly Scenario[] = [
  ...CLIENT_CODES.map(([code, label, outcome]) => ({
    name: `the client closes with ${code ?? 'no code'}`,
    end: (client: RawClient) => client.close(code),
    code: label,
    outcome,
  })),
  ...SERVER_CODES.map(([code, label, outcome]) => ({
    name: `the server closes with ${code ?? 'no code'}`,
    end: ask(code === undefined ? 'close' : `close ${code}`),
    code: label,
    outcome,
  })),
  {
    name: 'the client resets the connection',
    end: (client) => client.kill('reset'),
    code: '1006',
    outcome: 'client_abort',
  },
  {
    name: 'the client ends the connection without a close frame',
    end: (client) => client.kill('end'),
    code: '1006',
    outcome: 'client_abort',
  },
  { name: 'the server destroys the socket', end: ask('terminate'), code: '1006', outcome: 'server_error' },
  {
    name: 'the server destroys the socket after an answered ping',
    end: async (client, wire) => {
      await ask('ping')(client, wire)
      await client.until({ pings: 1 })
      await ask('terminate')(client, wire)
    },
    code: '1006',
    outcome: 'server_error',
  },
]

/** The client is gone and nobody knows: the server sends a ping, and destroys the socket when no answer has come. */
export const HALF_OPEN: Scenario = {
  name: 'the server destroys the socket after an unanswered ping',
  isResponsive: false,
  end: ask('expire'),
  code: '1006',
  outcome: 'timeout',
}

/** Connections with compression. */
export const COMPRESSED: readonly Scenario[] = (['takeover', 'no takeover'] as const).map((deflate) => ({
  name: `a compressed connection, ${deflate}`,
  deflate,
  end: (client: RawClient) => client.close(1000),
  code: '1000',
  outcome: 'completed',
}))

const TEXTS = ['hello', 'é', '', 'x'.repeat(200), 'y'.repeat(70_000)]

/** Exchanges every type of message; resolves when the server has echoed all of them. */
export async function converse(client: RawClient, wire: Wire): Promise<void> {
  await wire.greet?.(client)
  const surplus = client.received.messages - client.sent.messages
  for (const text of TEXTS) await client.text(wire.text(text))
  if (wire.announcement !== undefined) await client.text(wire.announcement)
  await client.binary(Buffer.from([0, 255, 128]))
  const fragmented = wire.text('in fragments')
  const parts = [fragmented.slice(0, 3), '', fragmented.slice(3)]
  await client.fragments(parts, { opcode: OPCODES.ping, payload: 'inside' })
  client.frame({ opcode: OPCODES.pong, payload: 'unsolicited' })
  await client.until({ messages: client.sent.messages + surplus, pongs: 1 })
}
