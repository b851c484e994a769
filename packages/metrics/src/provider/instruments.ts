import type { Attributes, Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api'
import { SyncInstrument } from './sync-instrument.ts'

/** One series of a counter or an up-down counter. */
export interface BoundCounter {
  /**
   * Never throws.
   *
   * @param value in the unit of the instrument
   * @param context where the exemplar's span is looked for; default: the active context
   */
  add(value: number, context?: Context): void
}

/** One series of a histogram or a gauge. */
export interface BoundHistogram {
  /**
   * Never throws.
   *
   * @param value in the unit of the instrument
   * @param context where the exemplar's span is looked for; default: the active context
   */
  record(value: number, context?: Context): void
}

/** Instruments that have handles for a series (specification metrics/api.md "Bound instruments", development). */
export interface Bindable<Bound> {
  /**
   * Returns a handle for the series of these attributes as they are now; their later changes count for nothing. It saves
   * the look-up of the attributes, and makes the series only when it is first used. Views and the cardinality limit are
   * evaluated in this call: the handle has the same series in every interval of every reader, the overflow series if
   * there is no room (specification metrics/sdk.md "Instrument bind").
   */
  bind(attributes?: Attributes): Bound
}

/** A sum of values that are not negative. */
export class CounterInstrument extends SyncInstrument implements Counter, Bindable<BoundCounter> {
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundCounter {
    return this.bindSeries(attributes)
  }
}

/** A sum of any values. */
export class UpDownCounterInstrument extends SyncInstrument implements UpDownCounter, Bindable<BoundCounter> {
  add(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundCounter {
    return this.bindSeries(attributes)
  }
}

/** The distribution of values that are not negative. */
export class HistogramInstrument extends SyncInstrument implements Histogram, Bindable<BoundHistogram> {
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundHistogram {
    return this.bindSeries(attributes)
  }
}

/** The value that was set last. */
export class GaugeInstrument extends SyncInstrument implements Gauge, Bindable<BoundHistogram> {
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.measure(value, attributes, context)
  }

  bind(attributes?: Attributes): BoundHistogram {
    return this.bindSeries(attributes)
  }
}
