import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import type { BucketFamily, Buckets } from './buckets.ts'

/** What the catalogue says of one instrument; `docs/metrics.md` is printed from these. */
export interface InstrumentDefinition {
  /** The OpenTelemetry name without its prefix. */
  readonly name: string
  readonly kind: 'counter' | 'up_down_counter' | 'gauge' | 'histogram'
  /** A UCUM code; seconds for every duration. */
  readonly unit: string
  readonly description: string
  /** Its attributes; the definition of each one bounds its values. */
  readonly attributes: readonly AttributeDefinition[]
  /** Histograms only: which bucket boundaries. */
  readonly buckets?: BucketFamily
  /** Gauges only: what the values of several workers become. Everything else is added up. */
  readonly acrossWorkers?: 'sum' | 'min' | 'max' | 'mean'
}

/** Makes instruments from definitions: with one prefix on their names and one set of buckets. */
export class InstrumentFactory {
  readonly #meter: Meter
  readonly #prefix: string
  readonly #buckets: Buckets

  constructor(meter: Meter, prefix: string, buckets: Buckets) {
    this.#meter = meter
    this.#prefix = prefix === '' ? '' : `${prefix}.`
    this.#buckets = buckets
  }

  counter({ name, unit, description }: InstrumentDefinition): Counter {
    return this.#meter.createCounter(this.#prefix + name, { unit, description })
  }

  upDownCounter({ name, unit, description }: InstrumentDefinition): UpDownCounter {
    return this.#meter.createUpDownCounter(this.#prefix + name, { unit, description })
  }

  histogram({ name, unit, description, buckets }: InstrumentDefinition): Histogram {
    const advice = buckets === undefined ? {} : { explicitBucketBoundaries: [...this.#buckets[buckets]] }
    return this.#meter.createHistogram(this.#prefix + name, { unit, description, advice })
  }
}
