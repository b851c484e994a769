import type { Attributes } from '@opentelemetry/api'

/** The value of `http.request.method`, and what it was if that is another. */
export function methodAttributes(method: string, known: ReadonlySet<string>): Attributes {
  return known.has(method)
    ? { 'http.request.method': method }
    : { 'http.request.method': '_OTHER', 'http.request.method_original': method }
}

/** The name of a span without a route: the method, or `HTTP` for one that is not known (HTTP semantic conventions, "Name"). */
export function nameOfMethod(method: string, known: ReadonlySet<string>): string {
  return known.has(method) ? method : 'HTTP'
}
