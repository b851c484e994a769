import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { type Clock, logger, processClock, TimeoutError } from '@vr/otel-metrics/internal'
import type { ScrapeCoordinator, ScrapeRequest } from '../scrape/scrape-coordinator.ts'
import { contentType } from '../text/format.ts'
import { acceptsGzip, negotiate } from './accept.ts'
import { AdmissionControl } from './admission-control.ts'
import { createTokenCheck, type TokenCheck } from './bearer-token.ts'
import { clientNetworkOf } from './client-address.ts'
import { hasEnded, type MetricsResponse, sendText, setHead } from './respond.ts'
import { ResponseSender } from './response-sender.ts'
import { ScrapeResponse } from './scrape-response.ts'
import { parseScrapeTimeout, type ScrapeTimeout } from './scrape-timeout.ts'

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
  scrapes: ScrapeCoordinator,
  token: string | undefined,
  clock: Clock = processClock,
): MetricsHandler {
  const isAllowed: TokenCheck = token ? createTokenCheck(token) : () => true
  const places = new AdmissionControl(clock)
  const sender = new ResponseSender()
  return (request, response) => {
    response.on('error', (error: Error) => logger.debug(`prometheus: a client went away: ${error.message}`))
    const refused = refusal(request, isAllowed)
    if (refused !== undefined) {
      refuse(response, refused)
      return
    }
    const timeout = parseScrapeTimeout(headerText(request.headers['x-prometheus-scrape-timeout-seconds']))
    const answer = new ScrapeResponse(response, clientNetworkOf(request), timeout, clock.now())
    if (!places.admit(answer)) {
      refuse(response, TOO_MANY_SCRAPES)
      return
    }
    serve(request, answer, { scrapes, places, sender })
      .catch((error: unknown) => fail(response, error))
      .finally(() => places.release(answer))
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

const TOO_MANY_SCRAPES: Refusal = {
  status: 503,
  text: 'too many scrapes at once',
  headers: { 'Retry-After': 1 },
}

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

interface HandlerParts {
  readonly scrapes: ScrapeCoordinator
  readonly places: AdmissionControl
  readonly sender: ResponseSender
}

/** Settles when the answer is over. */
async function serve(
  request: MetricsRequest,
  answer: ScrapeResponse,
  { scrapes, places, sender }: HandlerParts,
): Promise<void> {
  const { response, timeout, ended: over } = answer
  if (hasEnded(response)) return
  const asked = scrapeRequest(request, timeout)
  if (request.method === 'HEAD') {
    setHead(response, 200, { 'Content-Type': contentType(asked.format, asked.scheme) })
    response.end()
    return
  }
  const made = await scrapes.body(asked, over)
  if (made === undefined || hasEnded(response)) return
  const payload = places.admitBody(answer, made)
  if (payload === undefined) {
    refuse(response, TOO_MANY_SCRAPES)
    return
  }
  answer.sendHead(payload)
  sender.send(answer)
  await over
}

function scrapeRequest(
  { url = '', headers }: MetricsRequest,
  { bodyMs: making }: ScrapeTimeout,
): ScrapeRequest {
  return {
    ...negotiate(headers.accept),
    names: namesOf(url),
    acceptsGzip: acceptsGzip(headerText(headers['accept-encoding'])),
    timeoutMs: making,
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
    if (error instanceof TimeoutError) sendText(response, 503, error.message)
    else sendText(response, 500, 'metrics could not be collected')
  } catch (second) {
    logger.error(`prometheus: a scrape could not be answered: ${second}`)
  }
}
