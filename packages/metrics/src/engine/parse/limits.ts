/** Limits of an exposition. An exposition that exceeds one of them is refused as a whole. */
export interface ExpositionLimits {
  /** Bytes of the whole exposition. */
  readonly maxBytes: number
  /** Bytes of a line without its line end. */
  readonly maxLineBytes: number
  /** Samples: a histogram has one for each bucket, its count, its sum and its start. */
  readonly maxSamples: number
  /** Labels of a sample. */
  readonly maxLabels: number
  /** UTF-16 code units of the name or the value of a label, and of the name of a metric. */
  readonly maxLabelLength: number
}

/** Limits for an exposition of an engine: 10 times the largest that a server of vLLM with 100 models exposes. */
export const DEFAULT_LIMITS: ExpositionLimits = {
  maxBytes: 8 * 1024 * 1024,
  maxLineBytes: 64 * 1024,
  maxSamples: 100_000,
  maxLabels: 64,
  maxLabelLength: 4096,
}
