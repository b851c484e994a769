import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { clearTimeout, setTimeout } from '../real-timers.ts'
import { type Body, byteLengthOf } from './body.ts'

/** A response of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export type MetricsResponse = ServerResponse | Http2ServerResponse

/** Milliseconds that a client may take to read an answer; then it is cut. */
const READING_LIMIT = 10_000

/** Bytes that answers which are still being read may hold beside twice the largest of them. */
const SPARE = 1024 * 1024

interface Sending {
  readonly body: Body
  readonly response: MetricsResponse
}

/** Answers being sent. What clients that do not read cost is bounded: by time, and by bytes. */
export class Sendings {
  readonly #readingLimit: number
  readonly #active = new Set<Sending>()

  constructor(readingLimit: number = READING_LIMIT) {
    this.#readingLimit = readingLimit
  }

  /** Answers being sent now. */
  get size(): number {
    return this.#active.size
  }

  /**
   * Sends a body, never more of it than the client takes. Resolves when the response is over, however it
   * ends; an answer that was cut is shorter than its `Content-Length` says.
   */
  async send(response: MetricsResponse, body: Body, gzip: boolean): Promise<void> {
    if (isOver(response)) return
    const sending = { body, response }
    this.#active.add(sending)
    this.#makeRoom()
    const limit = setTimeout(() => response.destroy(), this.#readingLimit)
    limit.unref()
    const over = ended(response)
    try {
      const chunks = gzip ? await body.gzipped() : body.chunks
      await write(response, head(body, gzip, byteLengthOf(chunks)), chunks, over)
      await over
    } finally {
      clearTimeout(limit)
      this.#active.delete(sending)
    }
  }

  /** The clients of the oldest body are cut while all bodies together hold too much. */
  #makeRoom(): void {
    const bodies = new Set([...this.#active].map(({ body }) => body))
    const sizes = [...bodies].map((body) => body.byteLength)
    const limit = 2 * Math.max(...sizes) + SPARE
    let held = sizes.reduce((sum, size) => sum + size, 0)
    for (const body of bodies) {
      if (held <= limit) return
      held -= body.byteLength
      for (const sending of this.#active) if (sending.body === body) sending.response.destroy()
    }
  }
}

/** A short answer in plain text. */
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

/** Sets status and headers, which the two kinds of response declare differently. */
export function setHead(response: MetricsResponse, status: number, headers: OutgoingHttpHeaders): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) response.setHeader(name, value)
  }
}

function head(body: Body, gzip: boolean, length: number): OutgoingHttpHeaders {
  return {
    'Content-Type': body.contentType,
    'Content-Length': length,
    Vary: 'Accept, Accept-Encoding',
    ...(gzip ? { 'Content-Encoding': 'gzip' } : {}),
  }
}

async function write(
  response: MetricsResponse,
  headers: OutgoingHttpHeaders,
  chunks: readonly Buffer[],
  over: Promise<void>,
): Promise<void> {
  if (isOver(response)) return
  setHead(response, 200, headers)
  for (const chunk of chunks) {
    if (isOver(response)) return
    if (!(response as ServerResponse).write(chunk)) await Promise.race([drained(response), over])
  }
  response.end()
}

/** Whether nothing can be sent any more; then none of the events that end an answer is to come either. */
function isOver(response: MetricsResponse): boolean {
  return response.destroyed || response.writableEnded || ('stream' in response && response.stream.destroyed)
}

function drained(response: MetricsResponse): Promise<void> {
  return new Promise((resolve) => response.once('drain', resolve))
}

function ended(response: MetricsResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('finish', resolve)
    response.once('close', resolve)
    response.once('error', resolve)
  })
}
