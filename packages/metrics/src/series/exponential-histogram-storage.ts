import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics'
import type { AggregationStorage } from './aggregation-storage.ts'
import { ExponentialBuckets } from './exponential-buckets.ts'
import { exponentialIndex, MAX_SCALE, neededDownscale } from './exponential-scale.ts'
import { numberBytes, type WireValues, wireNumber } from './wire-values.ts'

/** Configuration of an exponential histogram. */
export interface ExponentialHistogramConfig {
  /** Maximum number of positive and of negative buckets, at least 2. */
  readonly maxSize: number
  readonly recordMinMax: boolean
  /** False if the instrument accepts negative values: the sum would not be monotonic (metrics/sdk.md). */
  readonly recordSum: boolean
}

/** Upper bound of the bytes of a value in a push message, without its counts. */
const FIXED_BYTES = 400

interface ExponentialState {
  scale: number
  count: number
  sum: number
  min: number
  max: number
  zeroCount: number
  readonly positive: ExponentialBuckets
  readonly negative: ExponentialBuckets
}

/** Base2 exponential histogram (specification metrics/sdk.md "Base2 Exponential Bucket Histogram Aggregation"). */
export class ExponentialHistogramStorage implements AggregationStorage {
  readonly #config: ExponentialHistogramConfig
  readonly #states: ExponentialState[]

  constructor(config: ExponentialHistogramConfig, states: ExponentialState[] = []) {
    this.#config = config
    this.#states = states
  }

  reserve(count: number): void {
    while (this.#states.length < count) this.#states.push(emptyState())
  }

  update(slot: number, value: number): void {
    const state = this.#states[slot]
    if (state === undefined) return
    state.count += 1
    state.sum += value
    if (value < state.min) state.min = value
    if (value > state.max) state.max = value
    if (value === 0) state.zeroCount += 1
    else increment(state, value > 0 ? state.positive : state.negative, Math.abs(value), this.#config.maxSize)
  }

  snapshot(): ExponentialHistogramStorage {
    const copies = this.#states.map((state) => ({
      ...state,
      positive: state.positive.copy(),
      negative: state.negative.copy(),
    }))
    return new ExponentialHistogramStorage(this.#config, copies)
  }

  point(slot: number): ExponentialHistogram {
    const { scale, count, sum, min, max, zeroCount, positive, negative } = this.#states[slot] ?? emptyState()
    const { recordMinMax, recordSum } = this.#config
    return {
      ...(recordMinMax && count > 0 ? { min, max } : undefined),
      ...(recordSum ? { sum } : undefined),
      positive: positive.toPoint(),
      negative: negative.toPoint(),
      count,
      scale,
      zeroCount,
    }
  }

  write(slot: number, id: number, message: WireValues): void {
    const { count, sum, min, max, scale, zeroCount, positive, negative } = this.#states[slot] ?? emptyState()
    const { recordMinMax, recordSum } = this.#config
    const [above, below] = [positive.toPoint(), negative.toPoint()]
    message.exponential.push({
      series: id,
      count,
      sum: recordSum ? wireNumber(sum) : 'NaN',
      min: recordMinMax ? wireNumber(min) : 'NaN',
      max: recordMinMax ? wireNumber(max) : 'NaN',
      scale,
      zeroCount,
      positive: [above.offset, above.bucketCounts],
      negative: [below.offset, below.bucketCounts],
    })
    message.bytes += FIXED_BYTES
    for (const n of above.bucketCounts) message.bytes += numberBytes(n)
    for (const n of below.bucketCounts) message.bytes += numberBytes(n)
  }
}

function emptyState(): ExponentialState {
  return {
    scale: MAX_SCALE,
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    zeroCount: 0,
    positive: new ExponentialBuckets(),
    negative: new ExponentialBuckets(),
  }
}

/**
 * Adds 1 to the bucket of `magnitude`. Lowers the common scale of both sides only as far as needed to fit `maxSize`.
 */
function increment(
  state: ExponentialState,
  side: ExponentialBuckets,
  magnitude: number,
  maxSize: number,
): void {
  const index = exponentialIndex(magnitude, state.scale)
  const [low, high] = side.rangeWith(index)
  if (high - low < maxSize) {
    side.increment(index)
    return
  }
  const change = neededDownscale(low, high, maxSize)
  state.positive.downscale(change)
  state.negative.downscale(change)
  state.scale -= change
  side.increment(exponentialIndex(magnitude, state.scale))
}
