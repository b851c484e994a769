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
import { type HeaderList, listWith, objectOfList } from './header-list.ts'
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
      const { headers } = options
      if (!isUnsampled(active)) return Array.isArray(headers) && !takeList(options, headers)
      const added: Record<string, string> = {}
      propagator.inject(active, added, defaultTextMapSetter)
      const all = Array.isArray(headers) ? listWith(headers, added) : { ...headers, ...added }
      options.headers = all as OutgoingHttpHeaders
      return true
    },
  }
}

/**
 * Gives headers as an object that are given as a list, of which the instrumentation would make one with numbers for names.
 * Of an object Node takes more than of a list: a `Host` that is not in it.
 * @returns whether that could be done; what cannot is for Node to refuse
 */
function takeList(options: RequestOptions, list: HeaderList): boolean {
  const headers = objectOfList(list)
  if (headers !== undefined) Object.assign(options, { headers, setHost: false })
  return headers !== undefined
}

function isUnsampled(active: Context): boolean {
  const span = trace.getSpan(active)
  if (span === undefined || span instanceof UnsampledContext) return span !== undefined
  return (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0
}
