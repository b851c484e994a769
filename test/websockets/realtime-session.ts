/** An event of the Realtime API. */
interface Event {
  readonly type: string
}

/**
 * Opens a session of `apps/realtime.mjs` with its three turns one after the other: a response with two tool calls, one that the
 * client cancels, and one that fails. The session is closed by the client with 1000.
 * @param url of the WebSocket, with the protocol `http:`
 */
export async function runRealtimeSession(url: string, traceparent: string): Promise<void> {
  const socket = new WebSocket(url.replace('http:', 'ws:'), { headers: { traceparent } })
  const waiting = new Map<string, () => void>()
  const nextEvent = (type: string) => new Promise<void>((resolve) => waiting.set(type, resolve))
  socket.addEventListener('message', ({ data }) => {
    const { type } = JSON.parse(data as string) as Event
    waiting.get(type)?.()
  })
  const send = (event: object) => socket.send(JSON.stringify(event))
  const turn = async (answer: string, end: string): Promise<void> => {
    const ended = nextEvent(end)
    send({ type: 'response.create', response: { metadata: { answer } } })
    await ended
  }
  await nextEvent('session.created')
  await turn('tools', 'response.done')
  send({ type: 'conversation.item.create', item: { type: 'message' } })
  await turn('endless', 'response.output_text.delta')
  const cancelled = nextEvent('response.done')
  send({ type: 'response.cancel' })
  await cancelled
  await turn('failed', 'response.done')
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  socket.close(1000)
  await closed
}
