import type { BatchObservableResult, Meter, MetricOptions, Observable } from '@opentelemetry/api'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import { monotonicNow } from '../real-clocks.ts'
import { DEFAULT_BUCKETS } from './buckets.ts'
import {
  GC_DEFINITION,
  PROCESS_DEFINITIONS,
  type ProcessAttribute,
  type ProcessDefinition,
} from './process-definitions.ts'
import type { ProcessReading } from './process-reading.ts'
import { type RecordSeries, recordSeries } from './series.ts'

/** Types of garbage collection of the semantic conventions. */
export type GcType = 'major' | 'minor' | 'incremental' | 'weakcb'

/** Observes one reading of the process at each collection, and records garbage collections when they happen. */
export class ProcessInstruments {
  readonly #meter: Meter
  readonly #observables: readonly Observable[]
  readonly #definitions: readonly ProcessDefinition[]
  readonly #read: () => ProcessReading
  readonly #collections: Readonly<Record<GcType, RecordSeries>>
  readonly #labels = new Map<ProcessAttribute, BoundedValues>()
  readonly #now: () => number

  /**
   * @param gcBuckets bucket bounds of `v8js.gc.duration`, in seconds
   * @param now a monotonic clock in milliseconds
   * @param definitions the instruments, besides the one of garbage collections
   */
  constructor(
    meter: Meter,
    read: () => ProcessReading,
    gcBuckets: readonly number[] = DEFAULT_BUCKETS.gc,
    now: () => number = monotonicNow,
    definitions: readonly ProcessDefinition[] = PROCESS_DEFINITIONS,
  ) {
    this.#meter = meter
    this.#read = read
    this.#now = now
    this.#definitions = definitions
    this.#observables = definitions.map((definition) => create(meter, definition))
    const duration = meter.createHistogram(GC_DEFINITION.name, {
      unit: GC_DEFINITION.unit,
      description: GC_DEFINITION.description,
      advice: { explicitBucketBoundaries: [...gcBuckets] },
    })
    const series = (type: GcType): RecordSeries => recordSeries(duration, { 'v8js.gc.type': type })
    this.#collections = {
      major: series('major'),
      minor: series('minor'),
      incremental: series('incremental'),
      weakcb: series('weakcb'),
    }
    meter.addBatchObservableCallback(this.#observe, [...this.#observables])
  }

  /** Called when a garbage collection ends. */
  garbageCollected(type: GcType, seconds: number): void {
    this.#collections[type]?.record(seconds)
  }

  /** Removes the callback: no more readings are taken. */
  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, [...this.#observables])
  }

  readonly #observe = (result: BatchObservableResult): void => {
    const reading = this.#read()
    for (const [index, { attributes, values }] of this.#definitions.entries()) {
      const observable = this.#observables[index] as Observable
      const [attribute] = attributes
      const shown = values(reading)
      if (typeof shown === 'number') result.observe(observable, shown)
      else if (shown !== undefined && attribute !== undefined) {
        for (const [label, value] of this.#labelled(attribute, shown))
          result.observe(observable, value, { [attribute.name]: label })
      }
    }
  }

  /** Returns the values by label. Values beyond the limit of the attribute are added. */
  #labelled(
    attribute: ProcessAttribute,
    values: Readonly<Record<string, number>>,
  ): ReadonlyMap<string, number> {
    let labels = this.#labels.get(attribute)
    if (labels === undefined) {
      labels = new BoundedValues(attribute)
      this.#labels.set(attribute, labels)
    }
    const sums = new Map<string, number>()
    for (const [key, value] of Object.entries(values)) {
      const label = labels.label(key, this.#now())
      sums.set(label, (sums.get(label) ?? 0) + value)
    }
    return sums
  }
}

function create(meter: Meter, { name, kind, unit, description }: ProcessDefinition): Observable {
  const options: MetricOptions = { unit, description }
  switch (kind) {
    case 'counter':
      return meter.createObservableCounter(name, options)
    case 'up_down_counter':
      return meter.createObservableUpDownCounter(name, options)
    case 'gauge':
      return meter.createObservableGauge(name, options)
  }
}
