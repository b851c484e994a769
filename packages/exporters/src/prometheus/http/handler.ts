import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import { type Clock, ENGINE_FETCH_HEADER, logger, processClock } from '@vr/otel-metrics/internal'
import type { ScrapeCoordinator, ScrapeRequest } from '../scrape/scrape-coordinator.ts'
import { contentType } from '../text/format.ts'
import { acceptsGzip, negotiate } from './accept.ts'
import { AdmissionControl } from './admission-control.ts'
import { createTokenCheck, type TokenCheck } from './bearer-token.ts'
import { clientNetworkOf } from './client-address.ts'
import { hasEnded, type MetricsResponse, sendText, setHead } from './respond.ts'
import { ResponseSender } from './response-sender.ts'
import { ScrapeOutage } from './scrape-outage.ts'
import { ScrapeResponse } from './scrape-response.ts'
import { parseScrapeTimeout, type ScrapeTimeout } from './scrape-timeout.ts'

/** A request of `node:http`, `node:https` or the compatibility API of `node:http2`. */
export type MetricsRequest = IncomingMessage | Http2ServerRequest

/** Responds to one scrape. Never throws. */
export type MetricsHandler = (request: MetricsRequest, response: MetricsResponse) => void

/**
 * Creates the handler of a metrics endpoint. It supports GET and HEAD, `Accept`, `Accept-Encoding: gzip`, `?name[]=`, and
 * the scrape timeout that Prometheus sends.
 *
 * @param token if set, scrapes need `Authorization: Bearer …`
 */
export function createHandler(
  scrapes: ScrapeCoordinator,
  token: string | undefined,
  clock: Clock = processClock,
): MetricsHandler {
  const isAllowed: TokenCheck = token ? createTokenCheck(token) : () => true
  const admission = new AdmissionControl(clock)
  const sender = new ResponseSender()
  const outage = new ScrapeOutage(logger, clock)
  return (request, response) => {
    response.on('error', (error: Error) =>
      logger.debug(`prometheus: a client disconnected during a scrape: ${error.message}`),
    )
    const refusal = checkRequest(request, isAllowed)
    if (refusal !== undefined) {
      refuse(response, refusal, outage)
      return
    }
    const timeout = parseScrapeTimeout(headerText(request.headers['x-prometheus-scrape-timeout-seconds']))
    const scrape = new ScrapeResponse(response, clientNetworkOf(request), timeout, clock.now())
    if (!admission.admit(scrape)) {
      refuse(response, TOO_MANY_SCRAPES, outage)
      return
    }
    serve(request, scrape, { scrapes, admission, sender, outage })
      .catch((error: unknown) => fail(response, error, outage))
      .finally(() => admission.release(scrape))
  }
}

interface Refusal {
  readonly status: number
  readonly text: string
  readonly headers: OutgoingHttpHeaders
}

/** Sends a refusal. If the application has already sent a response, setting headers throws. */
function refuse(response: MetricsResponse, { status, text, headers }: Refusal, outage: ScrapeOutage): void {
  try {
    sendText(response, status, text, headers)
  } catch (error) {
    fail(response, error, outage)
  }
}

const TOO_MANY_SCRAPES: Refusal = {
  status: 503,
  text: 'too many concurrent scrapes',
  headers: { 'Retry-After': 1 },
}

/** Checks the token first: without it a client gets no information about allowed methods. */
function checkRequest({ method, headers }: MetricsRequest, isAllowed: TokenCheck): Refusal | undefined {
  if (!isAllowed(headers.authorization)) {
    return {
      status: 401,
      text: 'bearer token required',
      headers: { 'WWW-Authenticate': 'Bearer realm="metrics"' },
    }
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return { status: 405, text: 'only GET and HEAD are allowed', headers: { Allow: 'GET, HEAD' } }
  }
  if (ENGINE_FETCH_HEADER in headers) {
    return { status: 508, text: 'the endpoint of an engine is required, not that of a gateway', headers: {} }
  }
  return undefined
}

interface HandlerParts {
  readonly scrapes: ScrapeCoordinator
  readonly admission: AdmissionControl
  readonly sender: ResponseSender
  readonly outage: ScrapeOutage
}

/** Resolves when the response has ended. */
async function serve(
  request: MetricsRequest,
  scrape: ScrapeResponse,
  { scrapes, admission, sender, outage }: HandlerParts,
): Promise<void> {
  const { response, timeout, ended } = scrape
  if (hasEnded(response)) return
  const parsed = scrapeRequest(request, timeout)
  if (request.method === 'HEAD') {
    setHead(response, 200, { 'Content-Type': contentType(parsed.format, parsed.scheme) })
    response.end()
    return
  }
  const produced = await scrapes.body(parsed, ended)
  if (produced === undefined || hasEnded(response)) return
  outage.end()
  const body = admission.admitBody(scrape, produced)
  if (body === undefined) {
    refuse(response, TOO_MANY_SCRAPES, outage)
    return
  }
  scrape.start(body)
  sender.send(scrape)
  await ended
}

function scrapeRequest({ url = '', headers }: MetricsRequest, { bodyMs }: ScrapeTimeout): ScrapeRequest {
  return {
    ...negotiate(headers.accept),
    names: namesOf(url),
    acceptsGzip: acceptsGzip(headerText(headers['accept-encoding'])),
    timeoutMs: bodyMs,
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

/** Called if the collection failed or took too long. A response that has started is aborted. */
function fail(response: MetricsResponse, error: unknown, outage: ScrapeOutage): void {
  try {
    if (response.headersSent) {
      response.destroy()
      return
    }
    const { status, text } = outage.begin(error)
    sendText(response, status, text)
  } catch (second) {
    logger.error(`prometheus: a failed scrape got no response: ${second}`)
  }
}
