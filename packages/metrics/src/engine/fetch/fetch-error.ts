/** Why no values were read from an engine. */
export const FETCH_FAULTS = [
  /** No connection, or it failed before a response. */
  'connection',
  /** The whole response did not arrive within the deadline. */
  'timeout',
  /** A status other than 200. */
  'status',
  /** A redirect, which is not followed. */
  'redirect',
  /** The endpoint exposes our own metrics. */
  'loop',
  /** Neither text 0.0.4 or 1.0.0 nor OpenMetrics 1.0. */
  'content_type',
  /** A compressed response, although `identity` was requested. */
  'content_encoding',
  /** The response ended early. */
  'incomplete',
  /** Bytes that are not text in UTF-8. */
  'encoding',
  /** A violation of the exposition format. */
  'syntax',
  /** More bytes, samples or labels than allowed. */
  'limit',
] as const

/** Why no values were read from an engine: one of {@link FETCH_FAULTS}. */
export type FetchFault = (typeof FETCH_FAULTS)[number]

/** No values were read from an engine. The message contains nothing of the URL and of the response. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  readonly fault: FetchFault

  constructor(fault: FetchFault, message: string) {
    super(message)
    this.fault = fault
  }
}
