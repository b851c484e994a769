import type { ClientRequest } from 'node:http'
import {
  type Context,
  defaultTextMapSetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'

const BLANK_LINE = '\r\n\r\n'

/** Trace header lines that the application wrote. */
export const TRACE_CONTEXT_LINES = /^(?:traceparent|tracestate):.*\r\n/gim

/** Internal properties of `OutgoingMessage` for rendered headers. */
interface Rendered {
  _header: string | null
  readonly _headerSent: boolean
  readonly outputData: { data: unknown }[]
  outputSize: number
}

const SETTER: TextMapSetter<ClientRequest> = {
  set(request, name, value) {
    // The application's `tracestate` belongs to the `traceparent` that is replaced.
    if (name === 'traceparent' && request.hasHeader('tracestate')) request.removeHeader('tracestate')
    // Removed first, so that the new header follows those of the application instead of replacing one in its place.
    if (request.hasHeader(name)) request.removeHeader(name)
    request.setHeader(name, value)
  },
}

/**
 * Writes trace headers to a new request of `node:http`, after its other headers. Replaces trace headers that the application
 * wrote. A `CONNECT` gets none, because its headers are for the proxy.
 *
 * Node renders headers at creation if they are a list or contain `Expect`; trace headers are then inserted into the rendered
 * text. If its format differs from that of Node 22 to 26, the request is sent without trace headers.
 */
export function writeTraceHeaders(
  propagator: TextMapPropagator,
  context: Context,
  request: ClientRequest,
): void {
  if (request.method === 'CONNECT') return
  if (request.headersSent) {
    const added: Record<string, string> = {}
    propagator.inject(context, added, defaultTextMapSetter)
    insertRendered(request as unknown as Rendered, added)
  } else {
    propagator.inject(context, request, SETTER)
  }
}

function insertRendered(request: Rendered, added: Readonly<Record<string, string>>): void {
  const { _header: before, _headerSent: isWaiting, outputData } = request
  const lines = Object.entries(added).map(([name, value]) => `${name}: ${value}\r\n`)
  if (typeof before !== 'string' || !before.endsWith(BLANK_LINE) || lines.length === 0) return
  const kept = 'traceparent' in added ? before.replace(TRACE_CONTEXT_LINES, '') : before
  const after = `${kept.slice(0, -2)}${lines.join('')}\r\n`
  if (isWaiting) {
    // `Expect` has queued the headers already, as the first output.
    const [first] = outputData
    if (first?.data !== before) return
    first.data = after
    request.outputSize += after.length - before.length
  }
  request._header = after
}
