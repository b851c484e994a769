import type { Attributes, Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api'
import { SyncInstrument } from './sync-instrument.ts'

/** A bound counter or up-down counter: records in one series. */
export interface BoundCounter {
  /**
   * Never throws.
   *
   * @param value in the unit of the instrument
   * @param context context of the measurement, for exemplars; default: the active context
   */
  add(value: number, context?: Context): void
}

/** A bound histogram or gauge: records in one series. */
export interface BoundHistogram {
  /**
   * Never throws.
   *
   * @param value in the unit of the instrument
   * @param context context of the measurement, for exemplars; default: the active context
   */
  record(value: number, context?: Context): void
}

/** An instrument that can be bound to attributes (specification metrics/api.md "Bound instruments", development). */
export interface Bindable<Bound> {
  /**
   * Returns a handle that records with these attributes. It saves the look-up of the attributes on each record.
   *
   * The attributes are copied. Views and the cardinality limit are evaluated in this call: the handle records in the
   * same series in every interval of every reader, or in the overflow series if the limit is reached (specification
   * metrics/sdk.md "Instrument bind"). The series is created when the handle is first used.
   */
  bind(attributes?: Attributes): Bound
}

/** A monotonic sum. */
export class CounterInstrument extends SyncInstrument implements Counter, Bindable<BoundCounter> {
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundCounter {
    return this.bindSeries(attributes)
  }
}

/** A sum of positive and negative values. */
export class UpDownCounterInstrument extends SyncInstrument implements UpDownCounter, Bindable<BoundCounter> {
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundCounter {
    return this.bindSeries(attributes)
  }
}

/** A distribution of non-negative values. */
export class HistogramInstrument extends SyncInstrument implements Histogram, Bindable<BoundHistogram> {
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundHistogram {
    return this.bindSeries(attributes)
  }
}

/** The last recorded value. */
export class GaugeInstrument extends SyncInstrument implements Gauge, Bindable<BoundHistogram> {
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundHistogram {
    return this.bindSeries(attributes)
  }
}
