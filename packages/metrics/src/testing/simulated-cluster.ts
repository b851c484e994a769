import type { Attributes } from '@opentelemetry/api'
import fc from 'fast-check'
import { trimmed } from '../cluster/exponential-value.ts'
import type { MetricIdentity, Push } from '../cluster/messages.ts'
import { metricKey } from '../cluster/metric-key.ts'
import { bucketIndex } from '../series/bucket-index.ts'
import { ExponentialHistogramStorage } from '../series/exponential-histogram-storage.ts'
import {
  EMPTY_STATE,
  foldSource,
  type HistogramValue,
  keyOf,
  type MergeState,
  type ModelSeries,
  type ModelValue,
} from './merge-model.ts'
import { counterOf, gaugeOf, histogramOf, metricOf, PushBuilder, SERIES_START } from './push-builder.ts'

const EXPONENTIAL = metricOf('exponential', { kind: 'exponential_histogram', instrument: 'HISTOGRAM' })
const UP_DOWN = metricOf('in_flight', { instrument: 'UP_DOWN_COUNTER', isMonotonic: false })

/** Metrics and attributes of the series that sources can have. The bounds of `mixed` depend on the source. */
function seriesOf(source: number): readonly (readonly [MetricIdentity, Attributes])[] {
  return [
    [counterOf('requests'), { route: '/', method: 'GET' }],
    [counterOf('requests'), { method: 'GET', route: '/x' }],
    [UP_DOWN, {}],
    ...(['sum', 'max', 'min', 'mean', 'last', 'by_worker'] as const).map(
      (rule) => [gaugeOf(`gauge_${rule}`, rule), {}] as const,
    ),
    [histogramOf('latency', [1, 2, 3]), { route: '/' }],
    [histogramOf('latency', [1, 2, 3]), { route: '/x' }],
    [EXPONENTIAL, {}],
    [histogramOf('mixed', source % 2 === 0 ? [1] : [1, 2]), {}],
  ]
}

/** Number of series that a source can have. */
const SERIES = seriesOf(0).length

/** A measurement: number of the series, and a value that a double represents exactly. */
interface Measurement {
  readonly series: number
  readonly amount: number
}

/** A step of a schedule. `source` counts the sources that are open. */
export interface Step {
  readonly action: 'push' | 'repeat' | 'stale' | 'end' | 'fold' | 'reconnect' | 'remove'
  readonly source: number
  readonly measurements: readonly Measurement[]
  readonly isTraced: boolean
}

/** Schedules of pushes, repeated pushes, stale, ended and folded sources, new connections and removed series. */
export const schedules = fc.array(
  fc.record<Step>({
    action: fc.oneof(
      { weight: 6, arbitrary: fc.constant('push' as const) },
      { weight: 4, arbitrary: fc.constantFrom('repeat', 'stale', 'end', 'fold', 'reconnect', 'remove') },
    ),
    source: fc.nat(2),
    measurements: fc.array(
      fc.record({ series: fc.nat(SERIES - 1), amount: fc.integer({ min: 1, max: 16 }).map((n) => n / 4) }),
      { maxLength: 6 },
    ),
    isTraced: fc.boolean(),
  }),
  { maxLength: 40 },
)

/** Receives the calls that a schedule makes: a store. */
export interface Receiver {
  open(source: string, worker: string): unknown
  apply(source: string, push: Push): void
  markStale(source: string): void
  end(source: string): void
  fold(source: string): void
}

interface SimulatedSource {
  readonly number: number
  readonly key: string
  readonly worker: string
  builder: PushBuilder
  last: Push | undefined
  isEnded: boolean
  readonly exponential: ExponentialHistogramStorage
  /** All series, as pushed. */
  readonly series: Map<string, ModelSeries>
}

/** Sources whose pushes go to a store, and the state that the store should have. */
export class SimulatedCluster {
  state: MergeState = EMPTY_STATE
  /** Values that each traced measurement had, by trace id, with the key of its series. */
  readonly traced = new Map<string, readonly [series: string, value: number]>()
  readonly #receiver: Receiver
  readonly #sources: SimulatedSource[] = []
  #stamp = 0

  constructor(receiver: Receiver) {
    this.#receiver = receiver
    for (let slot = 0; slot < 3; slot += 1) this.#start(slot)
  }

  /** Returns the key of the source that has this slot. */
  sourceOf(slot: number): string {
    return String(this.#sources[slot]?.key)
  }

  /** Executes a step in the store and in the model. */
  run({ action, source, measurements, isTraced }: Step): void {
    const target = this.#sources[source] as SimulatedSource
    if (action === 'push') this.#push(target, measurements, isTraced)
    else if (action === 'repeat') this.#repeat(target)
    else if (action === 'stale') this.#stale(target)
    else if (action === 'end') this.#end(target)
    else if (action === 'fold') this.#fold(target, source)
    else if (action === 'reconnect') this.#reconnect(target)
    else this.#remove(target)
  }

  #start(slot: number): void {
    const number = this.#stamp
    this.#stamp += 1
    const started: SimulatedSource = {
      number,
      key: `source ${number}`,
      worker: String(slot),
      builder: new PushBuilder(),
      last: undefined,
      isEnded: false,
      exponential: new ExponentialHistogramStorage({ maxSize: 8, recordMinMax: true, recordSum: true }),
      series: new Map(),
    }
    started.exponential.reserve(1)
    this.#sources[slot] = started
    this.#receiver.open(started.key, started.worker)
  }

  #push(source: SimulatedSource, measurements: readonly Measurement[], isTraced: boolean): void {
    this.#stamp += 1
    const changed = new Map<string, ModelSeries>()
    for (const { series, amount } of measurements) {
      const [metric, attributes] = seriesOf(source.number)[series] as readonly [MetricIdentity, Attributes]
      const key = keyOf({ metric, attributes })
      const known = source.series.get(key)
      const traceId = isTraced ? this.#trace(key, amount) : undefined
      const exemplar = traceId && ([0, amount, this.#stamp, traceId, 'a'.repeat(16), {}] as const)
      const updated = {
        metric,
        attributes,
        startMs: known?.startMs ?? SERIES_START - this.#stamp,
        value: measure(source, metric, known?.value, amount),
        stamp: this.#stamp,
        exemplars: [...(known?.exemplars ?? []), ...(exemplar ? [exemplar] : [])],
      }
      source.series.set(key, updated)
      changed.set(key, updated)
    }
    this.#send(source, [...changed.values()])
  }

  #trace(key: string, amount: number): string {
    const traceId = String(this.traced.size).padStart(32, '0')
    this.traced.set(traceId, [key, amount])
    return traceId
  }

  #send(source: SimulatedSource, changed: readonly ModelSeries[]): void {
    source.last = source.builder.push(
      ...changed.map(({ exemplars, ...series }) => ({
        ...series,
        exemplars: exemplars.map(([, value, timeMs, traceId]) => [Number(value), timeMs, traceId] as const),
      })),
    )
    this.#receiver.apply(source.key, source.last)
    this.#update(source, !source.isEnded)
  }

  #repeat({ key, last }: SimulatedSource): void {
    if (last === undefined) return
    this.#receiver.apply(key, last)
    const source = this.#sources.find((known) => known.key === key) as SimulatedSource
    this.#update(source, !source.isEnded)
  }

  #stale(source: SimulatedSource): void {
    this.#receiver.markStale(source.key)
    this.#update(source, false)
  }

  #end(source: SimulatedSource): void {
    this.#receiver.end(source.key)
    source.isEnded = true
    this.#update(source, false)
  }

  #fold(source: SimulatedSource, slot: number): void {
    this.#receiver.fold(source.key)
    this.state = foldSource(this.state, source.key)
    this.#start(slot)
  }

  #reconnect(source: SimulatedSource): void {
    this.#receiver.open(source.key, source.worker)
    source.isEnded = false
    source.builder = new PushBuilder()
    this.#stamp += 1
    for (const [key, series] of source.series) source.series.set(key, { ...series, stamp: this.#stamp })
    this.#send(source, [...source.series.values()])
  }

  #remove(source: SimulatedSource): void {
    const [key, removed] = [...source.series].find(([, { metric }]) => metric.kind === 'gauge') ?? []
    if (key === undefined || removed === undefined) return
    source.series.delete(key)
    source.last = source.builder.remove(removed.metric, removed.attributes)
    this.#receiver.apply(source.key, source.last)
    this.#update(source, !source.isEnded)
  }

  /** Makes the present series of the source its newest snapshot. */
  #update(source: SimulatedSource, hasGauges: boolean): void {
    this.#stamp += 1
    const series = [...source.series].map(([key, value]) => [key, labelled(source, value)] as const)
    const snapshot = { sequence: this.#stamp, hasGauges, series: new Map(series) }
    const definitions = new Map(this.state.definitions)
    for (const { metric } of source.series.values())
      if (!definitions.has(metricKey(metric))) definitions.set(metricKey(metric), [this.#stamp, metric])
    this.state = {
      ...this.state,
      definitions,
      sources: new Map(this.state.sources).set(source.key, snapshot),
    }
  }
}

function labelled({ worker }: SimulatedSource, series: ModelSeries): ModelSeries {
  const { metric, attributes } = series
  return metric.merge === 'by_worker' ? { ...series, attributes: { ...attributes, worker } } : series
}

function measure(
  { exponential }: SimulatedSource,
  { kind, isMonotonic, boundaries }: MetricIdentity,
  known: ModelValue | undefined,
  amount: number,
): ModelValue {
  if (kind === 'gauge') return 2 - amount
  if (kind === 'sum') return Number(known ?? 0) + (isMonotonic ? amount : amount - 2)
  if (kind === 'exponential_histogram') {
    exponential.update(0, 2 ** (4 * amount))
    const { sum = 0, min = 0, max = 0, scale, zeroCount, positive } = exponential.point(0)
    const range = trimmed(positive.offset, positive.bucketCounts)
    return { sum, min, max, scale, zeroCount, positive: range, negative: { offset: 0, counts: [] } }
  }
  const { sum, min, max, counts } = (known ?? emptyHistogram(boundaries.length)) as HistogramValue
  const bucket = bucketIndex(Float64Array.from(boundaries), amount)
  return {
    sum: sum + amount,
    min: Math.min(min, amount),
    max: Math.max(max, amount),
    counts: counts.map((count, i) => (i === bucket ? count + 1 : count)),
  }
}

function emptyHistogram(bounds: number): HistogramValue {
  const counts = new Array<number>(bounds + 1).fill(0)
  return { sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, counts }
}
