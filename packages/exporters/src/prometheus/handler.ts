import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { diag } from '@opentelemetry/api'
import { acceptsGzip, negotiate } from './accept.ts'
import { contentType } from './format.ts'
import type { ScrapeRequest, Scrapes } from './scrape.ts'
import { type Response, Sendings, sendText, writeHead } from './sending.ts'
import { TimeLimitError } from './time-limit.ts'
import { createTokenCheck, type TokenCheck } from './token.ts'

/** A request of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export type Request = IncomingMessage | Http2ServerRequest

/** Answers one request for metrics. Never throws. */
export type MetricsHandler = (request: Request, response: Response) => void

/** What a scrape may take if the scraper does not say, in milliseconds. */
const TIME_LIMIT = 10_000

/** Bounds of what a scraper can say. */
const TIME_LIMITS = { least: 1000, most: 60_000 }

/** Left of the time that the scraper has for the way back, in milliseconds. */
const WAY_BACK = 500

/** Answers that may be under way at once; more are told to come back. */
const MOST_AT_ONCE = 200

/** Below this size gzip costs more than it saves, in bytes. */
const WORTH_GZIP = 1024

/**
 * A handler for the pull endpoint: GET and HEAD, `Accept`, `Accept-Encoding: gzip`, `?name[]=`, and the
 * scrape time-out that Prometheus sends.
 *
 * @param token if set, `Authorization: Bearer …` is needed
 */
export function createHandler(scrapes: Scrapes, token: string | undefined): MetricsHandler {
  const isAllowed = token ? createTokenCheck(token) : undefined
  const sendings = new Sendings()
  return (request, response) => {
    response.on('error', (error: Error) => diag.debug(`prometheus: a client went away: ${error.message}`))
    answer(request, response, scrapes, sendings, isAllowed).catch((error: unknown) => fail(response, error))
  }
}

async function answer(
  request: Request,
  response: Response,
  scrapes: Scrapes,
  sendings: Sendings,
  isAllowed: TokenCheck | undefined,
): Promise<void> {
  const { method, headers } = request
  if (method !== 'GET' && method !== 'HEAD') {
    sendText(response, 405, 'metrics are read with GET or HEAD', { Allow: 'GET, HEAD' })
    return
  }
  if (isAllowed !== undefined && !isAllowed(headers.authorization)) {
    sendText(response, 401, 'a token is needed', { 'WWW-Authenticate': 'Bearer realm="metrics"' })
    return
  }
  if (sendings.size >= MOST_AT_ONCE) {
    sendText(response, 503, 'too many scrapes at once', { 'Retry-After': 1 })
    return
  }
  const asked = scrapeRequest(request)
  if (method === 'HEAD') {
    writeHead(response, 200, { 'Content-Type': contentType(asked.format, asked.scheme) })
    response.end()
    return
  }
  const body = await scrapes.body(asked)
  const gzip = body.byteLength >= WORTH_GZIP && acceptsGzip(headerText(headers['accept-encoding']))
  await sendings.send(response, body, gzip)
}

function scrapeRequest({ url = '', headers }: Request): ScrapeRequest {
  return {
    ...negotiate(headers.accept),
    names: namesOf(url),
    timeLimit: timeLimitOf(headerText(headers['x-prometheus-scrape-timeout-seconds'])),
  }
}

function namesOf(url: string): readonly string[] | undefined {
  const query = url.indexOf('?')
  if (query === -1) return undefined
  const names = new URLSearchParams(url.slice(query + 1)).getAll('name[]')
  return names.length === 0 ? undefined : names
}

function timeLimitOf(header: string | undefined): number {
  const limit = Number(header) * 1000 - WAY_BACK
  if (!Number.isFinite(limit)) return TIME_LIMIT
  return Math.min(Math.max(limit, TIME_LIMITS.least), TIME_LIMITS.most)
}

function headerText(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(',') : value
}

/** Nothing could be collected or the scrape was too slow; if part of an answer is out, the rest is cut. */
function fail(response: Response, error: unknown): void {
  try {
    if (response.headersSent) {
      response.destroy()
      return
    }
    diag.error(`prometheus: a scrape failed: ${error}`)
    if (error instanceof TimeLimitError) sendText(response, 503, error.message)
    else sendText(response, 500, 'metrics could not be collected')
  } catch (second) {
    diag.error(`prometheus: a scrape could not be answered: ${second}`)
  }
}
