import { wireNumber } from '../series/wire-values.ts'
import { combineExponentials, type ExponentialValue, trimmed } from './exponential-value.ts'
import type { MetricIdentity, Push, WireExponential, WireNumber } from './messages.ts'
import { fromWire, isCumulative, metricKey, seriesKey } from './metric-key.ts'

/** Numbers of a histogram before its buckets: id, sum, minimum, maximum, number of pairs. */
const HEADER_LENGTH = 5

/** An earlier value of a series: all parts but those of its kind are empty. */
interface BaseValue {
  /** Time from which the series counted when it had this value. */
  readonly startMs: number
  number: number
  histogram: readonly WireNumber[]
  exponential: ExponentialValue | undefined
}

const difference = (a: number, b: number): number => Math.max(a - b, 0)

/**
 * The counters and histograms of a process at one moment. {@link subtract} makes pushes contain only what was counted after it:
 * another source contains what was counted before. Minimum and maximum of histograms remain those of the whole time.
 */
export class BaseValues {
  readonly #values = new Map<string, BaseValue>()
  #metrics = new Map<number, MetricIdentity>()
  /** Values by the id of the connection. */
  #series = new Map<number, BaseValue>()

  /** @param pushes all series, with their definitions */
  constructor(pushes: readonly Push[]) {
    for (const push of pushes) {
      this.#define(push, (key, startMs) => {
        const added = { startMs, number: 0, histogram: [], exponential: undefined }
        this.#values.set(key, added)
        return added
      })
      eachNumber(push, (id, value) => this.#set(id, (base) => (base.number = fromWire(value))))
      eachHistogram(push, (histogram) =>
        this.#set(fromWire(histogram[0]), (base) => (base.histogram = histogram)),
      )
      for (const value of push.exponential ?? [])
        this.#set(value.series, (base) => (base.exponential = fromWireExponential(value)))
    }
    this.forgetIds()
  }

  /** The next push is that of a new connection. */
  forgetIds(): void {
    this.#metrics = new Map()
    this.#series = new Map()
  }

  /** Returns a push without what the base contains. */
  subtract(push: Push): Push {
    for (const id of push.removed ?? []) this.#series.delete(id)
    // A newer start: the counter was reset, and does not contain the base.
    this.#define(push, (key, startMs) => {
      const base = this.#values.get(key)
      return base !== undefined && startMs <= base.startMs ? base : undefined
    })
    const numbers: WireNumber[] = []
    eachNumber(push, (id, value) => {
      const base = this.#series.get(id)
      numbers.push(id, base === undefined ? value : wireNumber(difference(fromWire(value), base.number)))
    })
    const histograms: WireNumber[] = []
    eachHistogram(push, (histogram) => {
      const base = this.#series.get(fromWire(histogram[0]))
      histograms.push(...(base === undefined ? histogram : histogramDifference(histogram, base.histogram)))
    })
    const exponential = (push.exponential ?? []).map((value) => {
      const base = this.#series.get(value.series)?.exponential
      return base === undefined ? value : exponentialDifference(value, base)
    })
    return {
      ...push,
      ...(push.numbers !== undefined && { numbers }),
      ...(push.histograms !== undefined && { histograms }),
      ...(push.exponential !== undefined && { exponential }),
    }
  }

  /** Assigns the ids of the cumulative series that a push defines. */
  #define(push: Push, baseOf: (key: string, startMs: number) => BaseValue | undefined): void {
    for (const [id, metric] of push.metrics ?? []) this.#metrics.set(id, metric)
    for (const [id, metricId, attributes, startMs] of push.series ?? []) {
      this.#series.delete(id)
      const metric = this.#metrics.get(metricId)
      if (metric === undefined || !isCumulative(metric)) continue
      const base = baseOf(metricKey(metric) + seriesKey(attributes), startMs)
      if (base !== undefined) this.#series.set(id, base)
    }
  }

  #set(id: number, set: (base: BaseValue) => void): void {
    const base = this.#series.get(id)
    if (base !== undefined) set(base)
  }
}

function eachNumber({ numbers = [] }: Push, visit: (id: number, value: WireNumber) => void): void {
  for (let index = 0; index + 1 < numbers.length; index += 2)
    visit(fromWire(numbers[index]), numbers[index + 1] as WireNumber)
}

function eachHistogram({ histograms = [] }: Push, visit: (histogram: readonly WireNumber[]) => void): void {
  for (let index = 0; index < histograms.length; ) {
    const end = index + HEADER_LENGTH + 2 * fromWire(histograms[index + HEADER_LENGTH - 1])
    visit(histograms.slice(index, end))
    index = end
  }
}

function histogramDifference(
  value: readonly WireNumber[],
  base: readonly WireNumber[],
): readonly WireNumber[] {
  const [id, sum, min, max] = value as readonly [WireNumber, WireNumber, WireNumber, WireNumber]
  const counts = new Map<WireNumber | undefined, number>()
  for (let index = HEADER_LENGTH; index < base.length; index += 2)
    counts.set(base[index], fromWire(base[index + 1]))
  const pairs: WireNumber[] = []
  for (let index = HEADER_LENGTH; index < value.length; index += 2) {
    const count = difference(fromWire(value[index + 1]), counts.get(value[index]) ?? 0)
    if (count > 0) pairs.push(value[index] as WireNumber, count)
  }
  const sumBefore = base.length > 0 ? fromWire(base[1]) : 0
  return [id, wireNumber(fromWire(sum) - sumBefore), min, max, pairs.length / 2, ...pairs]
}

function exponentialDifference(value: WireExponential, base: ExponentialValue): WireExponential {
  const rest = combineExponentials(
    fromWireExponential(value),
    { ...base, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY },
    difference,
    (a, b) => a - b,
  )
  const { scale, zeroCount, positive, negative } = rest
  const count = [...positive.counts, ...negative.counts].reduce((total, each) => total + each, zeroCount)
  return {
    ...value,
    count,
    sum: wireNumber(rest.sum),
    scale,
    zeroCount,
    positive: [positive.offset, positive.counts],
    negative: [negative.offset, negative.counts],
  }
}

function fromWireExponential({
  sum,
  min,
  max,
  scale,
  zeroCount,
  positive,
  negative,
}: WireExponential): ExponentialValue {
  return {
    sum: fromWire(sum),
    min: fromWire(min),
    max: fromWire(max),
    scale,
    zeroCount,
    positive: trimmed(...positive),
    negative: trimmed(...negative),
  }
}
