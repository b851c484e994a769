import type { IncomingMessage, ServerResponse } from 'node:http'
import { createTokenCheck, type TokenCheck } from '@vr/otel-exporters'
import { logger, setImmediate } from '@vr/otel-metrics/internal'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'
import type { MetricSnapshot, SnapshotFilter } from './metric-snapshot.ts'

/** Number of series that are written as JSON before the event loop runs. */
const SLICE = 500

/**
 * Creates a handler that answers a snapshot as a JSON array. `?name[]=` selects families, `?prefix[]=` families by a prefix of
 * their names. It supports GET and HEAD.
 * @param read takes the snapshot
 * @param token if set, requests need `Authorization: Bearer …`
 */
export function createSnapshotHandler(
  read: (filter: SnapshotFilter) => Promise<readonly MetricSnapshot[]>,
  token: string | undefined,
): RequestHandler {
  const isAllowed: TokenCheck = token ? createTokenCheck(token) : () => true
  return (request, response) => {
    response.on('error', (error) => logger.debug(`a client disconnected during a snapshot: ${error.message}`))
    answer(request, response, isAllowed, read).catch((error: unknown) => fail(response, error))
  }
}

async function answer(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  isAllowed: TokenCheck,
  read: (filter: SnapshotFilter) => Promise<readonly MetricSnapshot[]>,
): Promise<void> {
  if (!isAllowed(headers.authorization)) {
    send(response, 401, errorBody('bearer token required'), {
      'WWW-Authenticate': 'Bearer realm="metrics"',
    })
    return
  }
  if (method !== 'GET' && method !== 'HEAD') {
    send(response, 405, errorBody('only GET and HEAD are allowed'), { Allow: 'GET, HEAD' })
    return
  }
  const body = await toJson(await read(filterOf(url)))
  if (!response.destroyed) send(response, 200, body)
}

function filterOf(url = ''): SnapshotFilter {
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '')
  const names = query.getAll('name[]')
  const prefixes = query.getAll('prefix[]')
  return names.length + prefixes.length === 0 ? {} : { names, prefixes }
}

/** Writes one series a line, in slices that let the event loop run. */
async function toJson(metrics: readonly MetricSnapshot[]): Promise<string> {
  const lines: string[] = []
  for (const [at, metric] of metrics.entries()) {
    lines.push(JSON.stringify(metric))
    if (at % SLICE === SLICE - 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return `[${lines.join(',\n')}]\n`
}

/** Called if the metrics could not be collected, or if the application has answered the request. */
function fail(response: ServerResponse, error: unknown): void {
  logger.warn(`a snapshot of the metrics was not answered: ${error}`)
  if (response.headersSent || response.destroyed) response.destroy()
  else send(response, 503, errorBody('the metrics could not be collected'))
}

function errorBody(error: string): string {
  return `${JSON.stringify({ error })}\n`
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.statusCode = status
  const all = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  }
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value)
  response.end(body) // node:http sends no body in the answer to HEAD
}
