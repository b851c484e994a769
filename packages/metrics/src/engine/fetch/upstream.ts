/** An engine whose metrics are read. */
export interface Upstream {
  /** Value of the label `upstream`; unique. */
  readonly name: string
  /** Metrics endpoint, `http:` or `https:`. Its credentials are sent to the engine, and nowhere else. */
  readonly url: URL
}
