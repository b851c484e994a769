import type { ClientRequest } from 'node:http'
import {
  type Context,
  defaultTextMapSetter,
  type TextMapPropagator,
  type TextMapSetter,
} from '@opentelemetry/api'

const BLANK_LINE = '\r\n\r\n'

/** Header lines of a trace context that the application has written itself. */
export const TRACE_CONTEXT_LINES = /^(?:traceparent|tracestate):.*\r\n/gim

/** What `node:http` keeps of a request whose headers are rendered (`OutgoingMessage`). */
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
    // Removed first, so that it comes after the application's headers and not in the place of one.
    if (request.hasHeader(name)) request.removeHeader(name)
    request.setHeader(name, value)
  },
}

/**
 * Writes the headers that name a trace to a request of `node:http` that has just been made, after the headers it was made
 * with; those of the same names that the application wrote are replaced. A `CONNECT` is for a proxy, and gets none.
 *
 * Headers that are a list, or have an `Expect`, have been rendered by then, and are written into what was rendered. Where
 * that is not as it is known of Node 22 to 26, the call goes out without.
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
    // Because of `Expect` the headers wait already for a connection, as the first of what is to be sent.
    const [first] = outputData
    if (first?.data !== before) return
    first.data = after
    request.outputSize += after.length - before.length
  }
  request._header = after
}
