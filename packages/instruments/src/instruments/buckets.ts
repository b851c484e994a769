/** The families of histogram boundaries, in seconds; each can be replaced by a setting. */
export type BucketFamily = 'http' | 'sse' | 'tool' | 'ttfe' | 'gap' | 'semconv'

/** Upper bounds, strictly increasing, in seconds; the bucket above the last one is implied. */
export type Buckets = Readonly<Record<BucketFamily, readonly number[]>>

/** What dashboards for vllm-responses expect; `semconv` is the advice of the HTTP semantic conventions. */
export const DEFAULT_BUCKETS: Buckets = {
  http: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60],
  sse: [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600],
  tool: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120],
  ttfe: [
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160,
  ],
  gap: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10],
  semconv: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
}
