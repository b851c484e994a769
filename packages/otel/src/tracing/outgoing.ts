import type { OutgoingHttpHeaders, RequestOptions } from 'node:http'
import {
  type Context,
  context,
  defaultTextMapSetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { UnsampledContext } from './unsampled-context.ts'

/** A request of undici before it is sent: 6.x and later have `addHeader`. */
interface UndiciRequest {
  addHeader?(name: string, value: string): void
}

const HEADERS_OF_UNDICI: TextMapSetter<UndiciRequest> = {
  set: (request, name, value) => request.addHeader?.(name, value),
}

/**
 * Lets calls of an unsampled request by the instrumentation, which would gather all that a span has: the headers that
 * name the trace are written here, and nothing else happens.
 * @param propagator writes the headers
 * @returns hooks of the instrumentations that say whether a call is let by
 */
export function unsampledCalls(propagator: TextMapPropagator): {
  readonly undici: (request: UndiciRequest) => boolean
  readonly http: (options: RequestOptions) => boolean
} {
  return {
    undici(request) {
      const active = context.active()
      if (!isUnsampled(active) || request.addHeader === undefined) return false
      propagator.inject(active, request, HEADERS_OF_UNDICI)
      return true
    },
    http(options) {
      const active = context.active()
      const given = Array.isArray(options.headers) ? fromList(options.headers) : options.headers
      if (!isUnsampled(active)) {
        // The instrumentation makes an object of them, which of a list has numbers for names.
        if (given !== undefined) options.headers = given
        return false
      }
      const headers: Record<string, string> = {}
      propagator.inject(active, headers, defaultTextMapSetter)
      options.headers = { ...given, ...headers }
      return true
    },
  }
}

function isUnsampled(active: Context): boolean {
  const span = trace.getSpan(active)
  if (span === undefined || span instanceof UnsampledContext) return span !== undefined
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0
}

/** Headers that `node:http` takes as a flat list, or as a list of pairs. One that comes twice has both values. */
function fromList(list: readonly (string | readonly string[])[]): OutgoingHttpHeaders {
  const flat = list.flat()
  const headers: Record<string, string | string[]> = {}
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [flat[i] as string, flat[i + 1] as string]
    const known = Object.keys(headers).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name
    headers[known] = known in headers ? [headers[known] as string | string[], value].flat() : value
  }
  return headers
}
