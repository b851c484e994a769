/** The headers of W3C Trace Context and Baggage. Repeated headers are joined by commas. */
export interface TraceHeaders {
  readonly traceparent?: string
  readonly tracestate?: string
  readonly baggage?: string
}

const NONE: TraceHeaders = {}

/**
 * Reads the trace headers of an HTTP/1 request without creating the object of all headers.
 * @param rawHeaders alternating names and values, as in `IncomingMessage`
 */
export function readTraceHeaders(rawHeaders: readonly string[]): TraceHeaders {
  let found: { -readonly [Name in keyof TraceHeaders]: string } | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const { length } = rawHeaders[i] as string
    if (length !== 11 && length !== 10 && length !== 7) continue
    const name = (rawHeaders[i] as string).toLowerCase()
    if (name === 'traceparent' || name === 'tracestate' || name === 'baggage') {
      found ??= {}
      const before = found[name]
      const value = rawHeaders[i + 1] as string
      found[name] = before === undefined ? value : `${before},${value}`
    }
  }
  return found ?? NONE
}

/** Reads the trace headers of an HTTP/2 stream. */
export function readHttp2TraceHeaders(headers: Readonly<Record<string, unknown>>): TraceHeaders {
  const picked: { -readonly [Name in keyof TraceHeaders]: string } = {}
  for (const name of ['traceparent', 'tracestate', 'baggage'] as const) {
    const value = headers[name]
    if (value !== undefined) picked[name] = String(value)
  }
  return picked
}
