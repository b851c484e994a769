/** Receives OTLP over HTTP (protobuf or JSON, optionally gzip) on `/v1/…`, and returns the received data. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { decodeRequest, type Signal } from './decode-request.ts'
import type { TelemetryStore } from './store.ts'

const MAX_BODY_BYTES = 16 * 1024 * 1024

/** Creates the server. The caller makes it listen. */
export function createHttpServer(store: TelemetryStore): Server {
  return createServer((req, res) => {
    answer(store, req, res).catch((error: unknown) => sendJson(res, 400, { message: String(error) }))
  })
}

async function answer(store: TelemetryStore, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url ?? '/'
  switch (`${req.method} ${path}`) {
    case 'POST /v1/traces':
      store.addTraces(await readRequest('traces', req))
      return sendExportResponse(req, res)
    case 'POST /v1/metrics':
      store.addMetrics(await readRequest('metrics', req))
      return sendExportResponse(req, res)
    case 'GET /traces':
      return sendJson(res, 200, { traces: store.recentTraces() })
    case 'GET /metrics':
      return sendJson(res, 200, { metrics: store.metrics() })
    case 'GET /health':
      return sendJson(res, 200, {})
  }
  const traceId = /^\/traces\/([0-9a-fA-F]{32})$/.exec(path)?.[1]
  const spans = req.method === 'GET' && traceId !== undefined ? store.trace(traceId) : undefined
  if (spans === undefined) sendJson(res, 404, { message: `nothing at ${path}` })
  else sendJson(res, 200, { traceId, spans })
}

async function readRequest(signal: Signal, req: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new Error(`more than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks)
  const gzip = req.headers['content-encoding'] === 'gzip'
  const plain = gzip ? gunzipSync(body, { maxOutputLength: MAX_BODY_BYTES }) : body
  return isJson(req) ? (JSON.parse(plain.toString()) as object) : decodeRequest(signal, plain)
}

/** Sends an empty export response, which has zero bytes in protobuf. */
function sendExportResponse(req: IncomingMessage, res: ServerResponse): void {
  const json = isJson(req)
  res.setHeader('content-type', json ? 'application/json' : 'application/x-protobuf')
  res.end(json ? '{}' : undefined)
}

function isJson(req: IncomingMessage): boolean {
  return req.headers['content-type']?.startsWith('application/json') ?? false
}

function sendJson(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(body))
}
