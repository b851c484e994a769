import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import type { BucketFamily, Buckets } from './buckets.ts'

/**
 * How the values of a gauge or an up-down counter become one value when several processes or threads report it. All rules except
 * `last` and `by_worker` are over the living ones:
 *
 * - `sum`, `max`, `min`, `mean`;
 * - `last`: the value that arrived last;
 * - `by_worker`: one series for each, with the label `worker`.
 *
 * Counters and histograms have no rule: they are added, and the values of ended processes are kept.
 */
export type MergeRule = 'sum' | 'max' | 'min' | 'mean' | 'last' | 'by_worker'

/** Definition of an instrument. `docs/metrics.md` is generated from these. */
export type InstrumentDefinition = MonotonicDefinition | GaugeDefinition

/** Definition of a counter or a histogram, whose values never fall. */
export interface MonotonicDefinition extends CommonDefinition {
  /** Type of the instrument. */
  readonly kind: 'counter' | 'histogram'
  /** Not allowed: the values of several processes are added. */
  readonly merge?: never
}

/** Definition of a gauge or an up-down counter, both gauges for Prometheus. */
export interface GaugeDefinition extends CommonDefinition {
  /** Type of the instrument. */
  readonly kind: 'up_down_counter' | 'gauge'
  /** How the values of several processes become one. */
  readonly merge: MergeRule
}

/** Members that the definitions of all instruments have. */
export interface CommonDefinition {
  /** OpenTelemetry name without the prefix. */
  readonly name: string
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

  counter(definition: MonotonicDefinition): Counter {
    const { unit, description } = definition
    return this.#meter.createCounter(this.#nameOf(definition), { unit, description })
  }

  upDownCounter(definition: GaugeDefinition): UpDownCounter {
    const { unit, description } = definition
    return this.#meter.createUpDownCounter(this.#nameOf(definition), { unit, description })
  }

  histogram(definition: MonotonicDefinition): Histogram {
    const { unit, description, buckets } = definition
    const advice = buckets === undefined ? {} : { explicitBucketBoundaries: [...this.#buckets[buckets]] }
    return this.#meter.createHistogram(this.#nameOf(definition), { unit, description, advice })
  }

  #nameOf({ name, isSemconv }: InstrumentDefinition): string {
    return isSemconv === true ? name : this.#prefix + name
  }
}
