/** What the clients of one kind of WebSocket server do. */
export interface WebSocketWorkload {
  readonly path: string
  readonly connections: number
  /** Requests of each connection in a round, each after the answer to the one before. */
  readonly exchanges: number
  /** Whether each round has new connections: an application's text is read in the first messages of a connection only. */
  readonly isOpenedEachRound: boolean
  readonly request: string
  /** Text messages that the server sends for each request. */
  readonly answer: readonly string[]
}

const POSITION = JSON.stringify({ type: 'position', x: 12.5, y: 7.25, label: 'a'.repeat(60) })
const AUDIO = 'A'.repeat(10_000)
const responseId = 'resp_1'

/** The workloads, by name. */
export const WEBSOCKET_WORKLOADS: Readonly<Record<string, WebSocketWorkload>> = {
  echo: {
    path: '/',
    connections: 1000,
    exchanges: 10,
    isOpenedEachRound: false,
    request: POSITION,
    answer: [POSITION],
  },
  'LLM session, deltas of 10 kB': {
    path: '/session',
    connections: 100,
    exchanges: 2,
    isOpenedEachRound: false,
    request: JSON.stringify({ type: 'response.create' }),
    answer: [
      JSON.stringify({ type: 'response.created', response: { id: responseId } }),
      ...Array.from({ length: 50 }, (_, i) =>
        JSON.stringify({
          type: 'response.output_audio.delta',
          event_id: `event_${i}`,
          response_id: responseId,
          delta: AUDIO,
        }),
      ),
      JSON.stringify({ type: 'response.done', response: { id: responseId, status: 'completed' } }),
    ],
  },
  'broadcast of a text of 300 kB': {
    path: '/broadcast',
    connections: 100,
    exchanges: 1,
    isOpenedEachRound: true,
    request: POSITION,
    answer: [JSON.stringify({ type: 'positions', points: 'a'.repeat(300_000) })],
  },
}

/** Encodes a text frame of a client with a masking key of zeros, which leaves the payload unchanged. */
export function clientFrame(text: string): Buffer {
  if (text.length > 125) throw new Error('the request is too long')
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

/** Returns the length of the frames that a server sends for text messages of ASCII. */
export function framesLength(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length + (length < 126 ? 2 : length < 65_536 ? 4 : 10), 0)
}
