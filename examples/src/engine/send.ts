/** Sends the engine's answers. */
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Plan } from './plan.ts'

/** Sends `body` as JSON with status 200. */
export function sendJson(res: ServerResponse, body: unknown): void {
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify(body))
}

/** Sends an error object in OpenAI's format. */
export function sendError(res: ServerResponse, status: number, message: string): void {
  res.statusCode = status
  const type = status < 500 ? 'invalid_request_error' : 'server_error'
  sendJson(res, { error: { message, type, code: status } })
}

/**
 * Sends a JSON answer after the time that its generation takes. For a failure of type `event` it sends status 500, for
 * `cut` it closes the connection.
 */
export async function sendAnswer(res: ServerResponse, body: unknown, plan: Plan): Promise<void> {
  if (!(await waitWhileConnected(res, plan.tokenDelayMs * plan.words.length))) return
  if (plan.failure === 'cut') res.destroy()
  else if (plan.failure === 'event') sendError(res, 500, 'the engine failed')
  else sendJson(res, body)
}

/**
 * Sends SSE events with a delay of `plan.tokenDelayMs` between them. Stops when the client disconnects. For a failure
 * of type `cut` it closes the connection before the end of the body.
 *
 * @param onFirst called when the first event was written
 */
export async function sendStream(
  res: ServerResponse,
  blocks: Iterable<string>,
  plan: Plan,
  onFirst: () => void,
): Promise<void> {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  let first = true
  for (const block of blocks) {
    if (!(await waitWhileConnected(res, plan.tokenDelayMs))) return
    res.write(block)
    if (first) onFirst()
    first = false
  }
  if (plan.failure === 'cut') res.destroy()
  else res.end()
}

/** Waits. Returns false, without further delay, if the client disconnects. */
async function waitWhileConnected(res: ServerResponse, milliseconds: number): Promise<boolean> {
  const disconnected = new AbortController()
  const onClose = (): void => disconnected.abort()
  res.once('close', onClose)
  await delay(milliseconds, undefined, { signal: disconnected.signal }).catch(() => undefined)
  res.off('close', onClose)
  return !disconnected.signal.aborted && !res.destroyed
}
