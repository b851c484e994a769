import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'

/** A response of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export type MetricsResponse = ServerResponse | Http2ServerResponse

/** Sends a short response in plain text. */
export function sendText(
  response: MetricsResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = `${text}\n`
  setHead(response, status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

/** Sets status and headers. The two response types declare `writeHead` differently. */
export function setHead(response: MetricsResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value)
  }
}

/**
 * Returns whether the response cannot be written to any more. Its end events may already have been emitted.
 */
export function hasEnded(response: MetricsResponse): boolean {
  return response.destroyed || response.writableEnded || ('stream' in response && response.stream.destroyed)
}

/** Resolves when a response was sent, has failed, or its client has disconnected. */
export function whenEnded(response: MetricsResponse): Promise<void> {
  if (hasEnded(response)) return Promise.resolve()
  return new Promise((resolve) => {
    response.once('finish', resolve)
    response.once('close', resolve)
    response.once('error', resolve)
  })
}
