import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { logger } from '../logger.ts'
import { type Clock, processClock } from '../otlp/clock.ts'
import { acceptsGzip, negotiate } from './accept.ts'
import { Answer } from './answer.ts'
import { clientOf } from './client-address.ts'
import { contentType } from './format.ts'
import { Places } from './places.ts'
import { isOver, type MetricsResponse, sendText, setHead } from './respond.ts'
import type { ScrapeRequest, Scrapes } from './scrape.ts'
import { type ScrapeTimeout, scrapeTimeoutOf } from './scrape-timeout.ts'
import { ResponseSender } from './sending.ts'
import { TimeLimitError } from './time-limit.ts'
import { createTokenCheck, type TokenCheck } from './token.ts'

/** A request of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export type MetricsRequest = IncomingMessage | Http2ServerRequest

/** Answers one request for metrics. Never throws. */
export type MetricsHandler = (request: MetricsRequest, response: MetricsResponse) => void

/**
 * Makes a handler for the pull endpoint: GET and HEAD, `Accept`, `Accept-Encoding: gzip`, `?name[]=`, and the
 * scrape time-out that Prometheus sends.
 *
 * @param token if set, `Authorization: Bearer …` is needed
 */
export function createHandler(
  scrapes: Scrapes,
  token: string | undefined,
  clock: Clock = processClock,
): MetricsHandler {
  const isAllowed: TokenCheck = token ? createTokenCheck(token) : () => true
  const places = new Places(clock)
  const sender = new ResponseSender()
  return (request, response) => {
    response.on('error', (error: Error) => logger.debug(`prometheus: a client went away: ${error.message}`))
    const refused = refusal(request, isAllowed)
    if (refused !== undefined) {
      refuse(response, refused)
      return
    }
    const timeout = scrapeTimeoutOf(headerText(request.headers['x-prometheus-scrape-timeout-seconds']))
    const answer = new Answer(response, clientOf(request), timeout, clock.now())
    if (!places.enter(answer)) {
      refuse(response, TOO_MANY)
      return
    }
    serve(request, answer, { scrapes, places, sender })
      .catch((error: unknown) => fail(response, error))
      .finally(() => places.leave(answer))
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

/** A request that shows no token learns nothing else of what is allowed. */
function refusal({ method, headers }: MetricsRequest, isAllowed: TokenCheck): Refusal | undefined {
  if (!isAllowed(headers.authorization)) {
    return {
      status: 401,
      text: 'a token is needed',
      headers: { 'WWW-Authenticate': 'Bearer realm="metrics"' },
    }
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, text: 'metrics are read with GET or HEAD', headers: { Allow: 'GET, HEAD' } }
  }
  return undefined
}

interface Parts {
  readonly scrapes: Scrapes
  readonly places: Places
  readonly sender: ResponseSender
}

/** Settles when the answer is over. */
async function serve(
  request: MetricsRequest,
  answer: Answer,
  { scrapes, places, sender }: Parts,
): Promise<void> {
  const { response, timeout, over } = answer
  if (isOver(response)) return
  const asked = scrapeRequest(request, timeout)
  if (request.method === 'HEAD') {
    setHead(response, 200, { 'Content-Type': contentType(asked.format, asked.scheme) })
    response.end()
    return
  }
  const made = await scrapes.payload(asked, over)
  if (made === undefined || isOver(response)) return
  const payload = places.send(answer, made)
  if (payload === undefined) {
    refuse(response, TOO_MANY)
    return
  }
  answer.begin(payload)
  sender.send(answer)
  await over
}

function scrapeRequest({ url = '', headers }: MetricsRequest, { making }: ScrapeTimeout): ScrapeRequest {
  return {
    ...negotiate(headers.accept),
    names: namesOf(url),
    acceptsGzip: acceptsGzip(headerText(headers['accept-encoding'])),
    timeLimit: making,
  }
}

function namesOf(url: string): readonly string[] | undefined {
  const query = url.indexOf('?')
  if (query === -1) return undefined
  const names = new URLSearchParams(url.slice(query + 1)).getAll('name[]')
  return names.length === 0 ? undefined : names
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
    logger.error(`prometheus: a scrape failed: ${error}`)
    if (error instanceof TimeLimitError) sendText(response, 503, error.message)
    else sendText(response, 500, 'metrics could not be collected')
  } catch (second) {
    logger.error(`prometheus: a scrape could not be answered: ${second}`)
  }
}
