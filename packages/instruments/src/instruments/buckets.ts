/** Histograms that share their bucket bounds. */
export interface BucketFamilyDefinition {
  /** Upper bounds in {@link BucketFamilyDefinition.unit}, strictly increasing; the last bucket has none. */
  readonly bounds: readonly number[]
  /** Unit of the bounds. Default `seconds`. */
  readonly unit?: string
  /** What these histograms measure, for the documentation of the setting `VR_METRICS_BUCKETS_<FAMILY>`. */
  readonly measures: string
}

/**
 * All families of bucket bounds, with the defaults that dashboards for vllm-responses expect; `semconv`, `genai`,
 * `tokens` and `gc` have those of the semantic conventions for HTTP, generative AI and V8. To add a family, add a row: its setting, the option of `startOtel`, and the documentation follow.
 */
export const BUCKET_FAMILIES = {
  http: {
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60],
    measures: 'request durations',
  },
  sse: {
    bounds: [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600],
    measures: 'stream durations',
  },
  tool: {
    bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120],
    measures: 'tool durations',
  },
  ttfe: {
    bounds: [
      0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160,
    ],
    measures: 'the time to the first event of a stream',
  },
  gap: {
    bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5, 10],
    measures: 'the time between two events of a stream',
  },
  websocket: {
    bounds: [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
    measures: 'WebSocket connection durations',
  },
  overhead: {
    bounds: [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    measures: 'the time that the gateway adds to a stream',
  },
  genai: {
    bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    measures: 'the durations of the group `genai`',
  },
  tokens: {
    bounds: [
      1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
    ],
    unit: 'tokens',
    measures: 'token counts of the group `genai`',
  },
  mcp: {
    bounds: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    measures: 'MCP requests, notifications and sessions',
  },
  gc: {
    bounds: [0.01, 0.1, 1, 10],
    measures: 'garbage collections',
  },
  semconv: {
    bounds: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    measures: 'the durations of the group `http_semconv`',
  },
} satisfies Record<string, BucketFamilyDefinition>

/** Name of a family of bucket bounds. */
export type BucketFamily = keyof typeof BUCKET_FAMILIES

/** Upper bounds of histogram buckets, strictly increasing, by family; in seconds, those of `tokens` in tokens. */
export type Buckets = Readonly<Record<BucketFamily, readonly number[]>>

const defaults: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  Object.entries(BUCKET_FAMILIES).map(([family, { bounds }]) => [family, bounds]),
)

/** The default bounds. */
export const DEFAULT_BUCKETS = defaults as Buckets
