import type { AttributeDefinition } from './attribute.ts'

/** Methods that the semantic conventions define as known: those of RFC 9110 section 9, PATCH (RFC 5789) and QUERY. */
export const KNOWN_METHODS: readonly string[] = [
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
]

/** Value of `method` for each unknown method. */
export const OTHER_METHOD = '_OTHER'

/** The label `method` of requests. */
export const METHOD = {
  name: 'method',
  values: KNOWN_METHODS,
  overflow: OTHER_METHOD,
  description:
    'known methods in upper case: those of RFC 9110, PATCH and QUERY, or those of `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`',
} as const satisfies AttributeDefinition

/** `http.request.method` of the semantic conventions. */
export const REQUEST_METHOD = { ...METHOD, name: 'http.request.method' } as const

/** Turns request methods into values of the label `method`, so that clients cannot create series. */
export class MethodLabels {
  readonly #known: ReadonlySet<string>
  #overflowCount = 0

  /** @param known replaces {@link KNOWN_METHODS}, as `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` does */
  constructor(known: readonly string[] = KNOWN_METHODS) {
    this.#known = new Set(known)
  }

  /** Number of methods that were replaced by {@link OTHER_METHOD}. */
  get overflowCount(): number {
    return this.#overflowCount
  }

  /** Returns a known method unchanged, else {@link OTHER_METHOD}. Case-sensitive (RFC 9110 section 9.1). */
  label(method: string | undefined): string {
    if (method !== undefined && this.#known.has(method)) return method
    this.#overflowCount++
    return OTHER_METHOD
  }
}
