/** The client's side of a WebSocket. */
export interface SessionSocket {
  send(text: string): void
  /** Sets the listener of text messages. It also receives those that have arrived before. */
  onText(listener: (text: string) => void): void
  /** Closes with 1000, and resolves when the connection has ended. */
  close(): Promise<unknown>
}

/** An event of the Realtime API. */
interface Event {
  readonly type: string
}

/**
 * Runs the three turns of a session of `apps/realtime-session.mjs` one after the other: a response with two tool calls, one that
 * the client cancels, and one that fails. Then closes the session.
 */
export async function runTurns(socket: SessionSocket): Promise<void> {
  const waiting = new Map<string, () => void>()
  const nextEvent = (type: string) => new Promise<void>((resolve) => waiting.set(type, resolve))
  const created = nextEvent('session.created')
  socket.onText((text) => {
    const { type } = JSON.parse(text) as Event
    waiting.get(type)?.()
  })
  const send = (event: object) => socket.send(JSON.stringify(event))
  const turn = async (answer: string, end: string): Promise<void> => {
    const ended = nextEvent(end)
    send({ type: 'response.create', response: { metadata: { answer } } })
    await ended
  }
  await created
  await turn('tools', 'response.done')
  send({ type: 'conversation.item.create', item: { type: 'message', content: 'x'.repeat(LONG) } })
  await turn('endless', 'response.output_text.delta')
  const cancelled = nextEvent('response.done')
  send({ type: 'response.cancel' })
  await cancelled
  await turn('failed', 'response.done')
  await socket.close()
}

/** Length of a message that `ws` compresses by default. */
const LONG = 2000

/**
 * Opens a WebSocket with the client of Node, and runs the session.
 * @param url of the WebSocket, with the protocol `http:`
 */
export async function runRealtimeSession(url: string, traceparent: string): Promise<void> {
  const socket = new WebSocket(url.replace('http:', 'ws:'), { headers: { traceparent } })
  await runTurns({
    send: (text) => socket.send(text),
    onText: (listener) => socket.addEventListener('message', ({ data }) => listener(data as string)),
    close() {
      const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
      socket.close(1000)
      return closed
    },
  })
}
