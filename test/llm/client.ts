import { Agent, type IncomingMessage, request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { type Exchange, pathOf } from './exchange.ts'

/** What a client received. */
export interface Received {
  /** `undefined`: no headers. */
  readonly status: number | undefined
  readonly text: string
}

/**
 * Sends the request of an exchange. When the engine has sent all parts and they have arrived here, leaves, or ends the
 * connection of the engine, as planned. Resolves when the response has ended or the connection is closed.
 */
export function sendRequest(url: string, exchange: Exchange): Promise<Received> {
  const { plan } = exchange
  const expected = exchange.parts.reduce((sum, { text }) => sum + text.length, 0)
  const headers = { 'content-type': 'application/json', 'content-length': exchange.requestBody.length }
  return new Promise((resolve) => {
    let status: number | undefined
    let isCompressed = false
    let isDone = false
    const chunks: Buffer[] = []
    const agent = new Agent({ keepAlive: false })
    const sent = request(
      url + pathOf(plan.api),
      { method: 'POST', headers, agent },
      (response: IncomingMessage) => {
        status = response.statusCode
        isCompressed = response.headers['content-encoding'] === 'gzip'
        response
          .on('error', () => {})
          .on('data', (chunk: Buffer) => {
            chunks.push(chunk)
            finishIf(Buffer.concat(chunks).length >= expected)
          })
      },
    )
    const finishIf = (hasAll: boolean): void => {
      if (!hasAll || isDone) return
      isDone = true
      if (plan.ending === 'client leaves') sent.destroy()
      if (plan.ending === 'engine dies') exchange.die()
    }
    sent.on('error', () => {}).on('close', () => resolve({ status, text: textOf(chunks, isCompressed) }))
    if (expected === 0) void exchange.arrival.then(() => finishIf(true))
    sent.end(exchange.requestBody)
  })
}

function textOf(chunks: readonly Buffer[], isCompressed: boolean): string {
  const bytes = Buffer.concat(chunks)
  return (isCompressed && bytes.length > 0 ? gunzipSync(bytes) : bytes).toString()
}
