import type { Attributes } from '@opentelemetry/api'

/** Returns `http.request.method`; for an unknown method also `http.request.method_original`. */
export function methodAttributes(method: string, known: ReadonlySet<string>): Attributes {
  return known.has(method)
    ? { 'http.request.method': method }
    : { 'http.request.method': '_OTHER', 'http.request.method_original': method }
}

/** Returns the name of a span without a route: the method, or `HTTP` if it is unknown (HTTP semantic conventions, "Name"). */
export function nameOfMethod(method: string, known: ReadonlySet<string>): string {
  return known.has(method) ? method : 'HTTP'
}
