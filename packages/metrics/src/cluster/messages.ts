import type { Attributes } from '@opentelemetry/api'
import type { GaugeMerge } from './gauge-merge.ts'

/** Version of the protocol. A process accepts messages of its own version only, and reports others. */
export const PROTOCOL_VERSION = 1

/**
 * Largest size of a message in bytes, as JSON. With the framing of a channel it stays below 32 KiB, which a UNIX socket of Linux
 * takes in one piece or not at all (`unix_stream_sendmsg`).
 */
export const MAX_MESSAGE_BYTES = 24 * 1024

/** A metric, as it is described once per connection before its series. */
export interface MetricIdentity {
  readonly scope: { readonly name: string; readonly version?: string; readonly schemaUrl?: string }
  readonly name: string
  readonly description: string
  readonly unit: string
  /** `InstrumentType` of sdk-metrics, which selects the temporality of a reader. */
  readonly instrument: string
  /** `ValueType` of the API. */
  readonly valueType: number
  readonly kind: 'sum' | 'gauge' | 'histogram' | 'exponential_histogram'
  /** Whether a sum or the sum of a histogram never falls. `false` for gauges. */
  readonly isMonotonic: boolean
  /** Inclusive upper bounds of a histogram; empty for other kinds. */
  readonly boundaries: readonly number[]
  /** Rule of gauges and of sums that are not monotonic; ignored for others. */
  readonly merge: GaugeMerge
}

/** A number in a message. JSON has no NaN and no infinities: they are text. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity'

/** An exemplar: series id, value, epoch milliseconds, trace id, span id (both empty without a span), filtered attributes. */
export type WireExemplar = readonly [
  series: number,
  value: WireNumber,
  timeMs: number,
  traceId: string,
  spanId: string,
  attributes: Attributes,
]

/**
 * Changed series with their cumulative values. Values are cumulative, so that a repeated, missing or reordered message does no
 * harm. Metrics and series have ids that the sender assigns, from 0, and defines in the first message that uses them; ids are valid
 * for one connection.
 */
export interface Push {
  readonly type: 'push'
  /** Number of the push, increasing within a source. The messages of one push share it. */
  readonly sequence: number
  /** New metrics: id and identity. */
  readonly metrics?: readonly (readonly [id: number, metric: MetricIdentity])[]
  /** New series: id, id of its metric, attributes, start in epoch milliseconds. */
  readonly series?: readonly (readonly [
    id: number,
    metric: number,
    attributes: Attributes,
    startMs: number,
  ])[]
  /** Values of sums and gauges, alternating: id, value. */
  readonly numbers?: readonly WireNumber[]
  /**
   * Values of histograms, one after the other: id, sum, minimum, maximum, number of pairs that follow, and pairs of bucket index
   * and count of the buckets that are not empty. A sum, minimum or maximum that the histogram does not record is `NaN`.
   */
  readonly histograms?: readonly WireNumber[]
  /** Values of exponential histograms. */
  readonly exponential?: readonly WireExponential[]
  readonly exemplars?: readonly WireExemplar[]
  /**
   * Ids of series that are no longer observed. Applies before the other parts of the push. A later push can define a removed id again
   * for any series.
   */
  readonly removed?: readonly number[]
}

/** Value of an exponential histogram: as the data point of OTLP has it. */
export interface WireExponential {
  readonly series: number
  readonly count: number
  readonly sum: WireNumber
  readonly min: WireNumber
  readonly max: WireNumber
  readonly scale: number
  readonly zeroCount: number
  readonly positive: readonly [offset: number, counts: readonly number[]]
  readonly negative: readonly [offset: number, counts: readonly number[]]
}
