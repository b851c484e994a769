import type { Attributes } from '@opentelemetry/api'
import type { ExponentialValue } from '../cluster/exponential-value.ts'
import type { MetricIdentity, Push, WireExemplar, WireExponential } from '../cluster/messages.ts'

/** Start of the series of tests, in epoch milliseconds. */
export const SERIES_START = 1_700_000_000_000

/** Returns the identity of a metric of the scope `test`. */
export function metricOf(name: string, overrides: Partial<MetricIdentity> = {}): MetricIdentity {
  return {
    scope: { name: 'test' },
    name,
    description: '',
    unit: '1',
    instrument: 'COUNTER',
    valueType: 1,
    kind: 'sum',
    isMonotonic: true,
    boundaries: [],
    merge: 'sum',
    ...overrides,
  }
}

/** A counter. */
export const counterOf = (name: string): MetricIdentity => metricOf(name)

/** A gauge with this rule. */
export const gaugeOf = (name: string, merge: MetricIdentity['merge']): MetricIdentity =>
  metricOf(name, { kind: 'gauge', instrument: 'GAUGE', isMonotonic: false, merge })

/** A histogram with these bounds. */
export const histogramOf = (name: string, boundaries: readonly number[]): MetricIdentity =>
  metricOf(name, { kind: 'histogram', instrument: 'HISTOGRAM', boundaries, unit: 's' })

/** A series and its value: a number, or sum, minimum, maximum and bucket counts. */
export interface PushedSeries {
  readonly metric: MetricIdentity
  readonly attributes?: Attributes
  readonly startMs?: number
  readonly value:
    | number
    | ExponentialValue
    | { sum: number; min: number; max: number; counts: readonly number[] }
  readonly exemplars?: readonly (readonly [value: number, timeMs: number, traceId: string])[]
}

/** Builds the pushes of one connection: assigns ids, and defines metrics and series in the first push that uses them. */
export class PushBuilder {
  readonly #metrics = new Map<string, number>()
  readonly #series = new Map<string, number>()
  #sequence = 0

  /** Returns a push of these series. */
  push(...series: PushedSeries[]): Push {
    this.#sequence += 1
    const metrics: [number, MetricIdentity][] = []
    const defined: [number, number, Attributes, number][] = []
    const numbers: number[] = []
    const histograms: number[] = []
    const exponential: WireExponential[] = []
    const exemplars: WireExemplar[] = []
    for (const { metric, attributes = {}, startMs = SERIES_START, value, ...rest } of series) {
      const metricId = assign(this.#metrics, metric.name, (id) => metrics.push([id, metric]))
      const key = JSON.stringify([metric.name, attributes])
      const id = assign(this.#series, key, (added) => defined.push([added, metricId, attributes, startMs]))
      if (typeof value === 'number') numbers.push(id, value)
      else if ('scale' in value) exponential.push(toWire(id, value))
      else {
        const pairs = value.counts.flatMap((count, bucket) => (count > 0 ? [bucket, count] : []))
        histograms.push(id, value.sum, value.min, value.max, pairs.length / 2, ...pairs)
      }
      for (const [exemplar, timeMs, traceId] of rest.exemplars ?? [])
        exemplars.push([id, exemplar, timeMs, traceId, 'a'.repeat(16), {}])
    }
    return {
      type: 'push',
      sequence: this.#sequence,
      metrics,
      series: defined,
      numbers,
      histograms,
      exponential,
      exemplars,
    }
  }

  /** Returns a push that removes a series. */
  remove(metric: MetricIdentity, attributes: Attributes = {}): Push {
    this.#sequence += 1
    const key = JSON.stringify([metric.name, attributes])
    const id = this.#series.get(key) ?? -1
    this.#series.delete(key)
    return { type: 'push', sequence: this.#sequence, removed: [id] }
  }
}

function assign(ids: Map<string, number>, key: string, onNew: (id: number) => void): number {
  const known = ids.get(key)
  if (known !== undefined) return known
  // Ids of removed series are not assigned again: their number is the number of all assignments.
  const id = nextId(ids)
  ids.set(key, id)
  onNew(id)
  return id
}

const assigned = new WeakMap<Map<string, number>, number>()

function nextId(ids: Map<string, number>): number {
  const id = assigned.get(ids) ?? 0
  assigned.set(ids, id + 1)
  return id
}

function toWire(series: number, { positive, negative, ...value }: ExponentialValue): WireExponential {
  const count = [...positive.counts, ...negative.counts].reduce((a, b) => a + b, value.zeroCount)
  return {
    ...value,
    series,
    count,
    positive: [positive.offset, positive.counts],
    negative: [negative.offset, negative.counts],
  }
}
