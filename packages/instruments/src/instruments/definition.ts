import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import type { BucketFamily, Buckets } from './buckets.ts'

/** Definition of an instrument. `docs/metrics.md` is generated from these. */
export interface InstrumentDefinition {
  /** OpenTelemetry name without the prefix. */
  readonly name: string
  /** Type of the instrument. */
  readonly kind: 'counter' | 'up_down_counter' | 'gauge' | 'histogram'
  /** UCUM code; `s` for each duration. */
  readonly unit: string
  /** Becomes the `HELP` text of a scrape. Ends with a full stop. */
  readonly description: string
  /** Attributes, each with the bound of its values. */
  readonly attributes: readonly AttributeDefinition[]
  /** Histograms only: the family of bucket bounds. */
  readonly buckets?: BucketFamily
  /** Whether the name is one of the semantic conventions in a group whose other names have a prefix: it has none. */
  readonly isSemconv?: true
}

/** Creates instruments from definitions, with a name prefix and bucket bounds. */
export class InstrumentFactory {
  readonly #meter: Meter
  readonly #prefix: string
  readonly #buckets: Buckets

  constructor(meter: Meter, prefix: string, buckets: Buckets) {
    this.#meter = meter
    this.#prefix = prefix === '' ? '' : `${prefix}.`
    this.#buckets = buckets
  }

  counter(definition: InstrumentDefinition): Counter {
    const { unit, description } = definition
    return this.#meter.createCounter(this.#nameOf(definition), { unit, description })
  }

  upDownCounter(definition: InstrumentDefinition): UpDownCounter {
    const { unit, description } = definition
    return this.#meter.createUpDownCounter(this.#nameOf(definition), { unit, description })
  }

  histogram(definition: InstrumentDefinition): Histogram {
    const { unit, description, buckets } = definition
    const advice = buckets === undefined ? {} : { explicitBucketBoundaries: [...this.#buckets[buckets]] }
    return this.#meter.createHistogram(this.#nameOf(definition), { unit, description, advice })
  }

  #nameOf({ name, isSemconv }: InstrumentDefinition): string {
    return isSemconv === true ? name : this.#prefix + name
  }
}
