import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { diag } from '@opentelemetry/api'
import { acceptsGzip, negotiate } from './accept.ts'
import { contentType } from './format.ts'
import type { ScrapeRequest, Scrapes } from './scrape.ts'
import { type MetricsResponse, Sendings, sendText, setHead } from './sending.ts'
import { TimeLimitError } from './time-limit.ts'
import { createTokenCheck, type TokenCheck } from './token.ts'

/** A request of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export type MetricsRequest = IncomingMessage | Http2ServerRequest

/** Answers one request for metrics. Never throws. */
export type MetricsHandler = (request: MetricsRequest, response: MetricsResponse) => void

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
  const isAllowed: TokenCheck = token ? createTokenCheck(token) : () => true
  const sendings = new Sendings()
  let underWay = 0
  return (request, response) => {
    response.on('error', (error: Error) => diag.debug(`prometheus: a client went away: ${error.message}`))
    const refused = underWay >= MOST_AT_ONCE ? TOO_MANY : refusal(request, isAllowed)
    if (refused !== undefined) {
      refuse(response, refused)
      return
    }
    underWay += 1
    answer(request, response, scrapes, sendings)
      .catch((error: unknown) => fail(response, error))
      .finally(() => {
        underWay -= 1
      })
  }
}

interface Refusal {
  readonly status: number
  readonly text: string
  readonly headers: OutgoingHttpHeaders
}

/** The application may have answered already: then there is nothing to refuse. */
function refuse(response: MetricsResponse, { status, text, headers }: Refusal): void {
  try {
    sendText(response, status, text, headers)
  } catch (error) {
    fail(response, error)
  }
}

const TOO_MANY: Refusal = { status: 503, text: 'too many scrapes at once', headers: { 'Retry-After': 1 } }

function refusal({ method, headers }: MetricsRequest, isAllowed: TokenCheck): Refusal | undefined {
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, text: 'metrics are read with GET or HEAD', headers: { Allow: 'GET, HEAD' } }
  }
  if (!isAllowed(headers.authorization)) {
    return {
      status: 401,
      text: 'a token is needed',
      headers: { 'WWW-Authenticate': 'Bearer realm="metrics"' },
    }
  }
  return undefined
}

async function answer(
  request: MetricsRequest,
  response: MetricsResponse,
  scrapes: Scrapes,
  sendings: Sendings,
): Promise<void> {
  const asked = scrapeRequest(request)
  if (request.method === 'HEAD') {
    setHead(response, 200, { 'Content-Type': contentType(asked.format, asked.scheme) })
    response.end()
    return
  }
  const body = await scrapes.body(asked)
  const encoding = headerText(request.headers['accept-encoding'])
  await sendings.send(response, body, body.byteLength >= WORTH_GZIP && acceptsGzip(encoding))
}

function scrapeRequest({ url = '', headers }: MetricsRequest): ScrapeRequest {
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
function fail(response: MetricsResponse, error: unknown): void {
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
