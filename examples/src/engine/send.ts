/** How the engine stand-in writes answers. */
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Plan } from './plan.ts'

/** Sends `body` as JSON with status 200. */
export function sendJson(res: ServerResponse, body: unknown): void {
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify(body))
}

/** Sends an error object in OpenAI's shape. */
export function sendError(res: ServerResponse, status: number, message: string): void {
  res.statusCode = status
  const type = status < 500 ? 'invalid_request_error' : 'server_error'
  sendJson(res, { error: { message, type, code: status } })
}

/** Sends a whole answer once it is "generated"; an `event` failure is a 500, a `cut` one no answer at all. */
export async function sendAnswer(res: ServerResponse, body: unknown, plan: Plan): Promise<void> {
  if (!(await clientStays(res, plan.tokenDelayMs * plan.words.length))) return
  if (plan.failure === 'cut') res.destroy()
  else if (plan.failure === 'event') sendError(res, 500, 'the engine failed')
  else sendJson(res, body)
}

/**
 * Sends SSE blocks one by one, `plan.tokenDelayMs` apart; stops as soon as the client leaves.
 * A `cut` failure ends with a destroyed connection instead of a finished body.
 *
 * @param onFirst called when the first block was written
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
    if (!(await clientStays(res, plan.tokenDelayMs))) return
    res.write(block)
    if (first) onFirst()
    first = false
  }
  if (plan.failure === 'cut') res.destroy()
  else res.end()
}

/** Waits; false, and at once, if the client left. */
async function clientStays(res: ServerResponse, milliseconds: number): Promise<boolean> {
  const gone = new AbortController()
  const leave = (): void => gone.abort()
  res.once('close', leave)
  await delay(milliseconds, undefined, { signal: gone.signal }).catch(() => undefined)
  res.off('close', leave)
  return !gone.signal.aborted && !res.destroyed
}
