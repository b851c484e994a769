import type { AttributeDefinition } from './attribute.ts'

/** RFC 9110 section 9, PATCH (RFC 5789) and QUERY: the methods that semantic conventions call known. */
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

/** The value of `method` for every method that is not known. */
export const OTHER_METHOD = '_OTHER'

/** The label `method` of requests. */
export const METHOD = {
  name: 'method',
  values: KNOWN_METHODS,
  other: OTHER_METHOD,
  meaning:
    'known methods in upper case: those of RFC 9110, PATCH and QUERY, or those of `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`',
} as const satisfies AttributeDefinition

/** `http.request.method` of the semantic conventions. */
export const REQUEST_METHOD = { ...METHOD, name: 'http.request.method' } as const

/** Request methods as `method` labels: a client cannot create series. */
export class MethodLabels {
  readonly #known: ReadonlySet<string>
  #refused = 0

  /** @param known replaces {@link KNOWN_METHODS}, as `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` does */
  constructor(known: readonly string[] = KNOWN_METHODS) {
    this.#known = new Set(known)
  }

  /** How many times a method was answered with {@link OTHER_METHOD}. */
  get refused(): number {
    return this.#refused
  }

  /** The method itself if it is a known one, else {@link OTHER_METHOD}. Case-sensitive (RFC 9110 section 9.1). */
  label(method: string | undefined): string {
    if (method !== undefined && this.#known.has(method)) return method
    this.#refused++
    return OTHER_METHOD
  }
}
