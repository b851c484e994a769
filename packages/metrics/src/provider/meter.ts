import type {
  Meter as ApiMeter,
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  MetricOptions,
  Observable,
  UpDownCounter,
} from '@opentelemetry/api'
import type { InstrumentType } from '@opentelemetry/sdk-metrics'
import type { MeterStreams } from '../collect/meter-streams.ts'
import { ObservableInstrument } from '../collect/observable-instrument.ts'
import { planStreams, type StreamSettings } from '../collect/stream-plan.ts'
import { logger } from '../logger.ts'
import {
  describeInstrument,
  type InstrumentDescriptor,
  isValidInstrumentName,
} from '../series/instrument-descriptor.ts'
import type { SyncStream } from '../series/sync-stream.ts'
import { ViewStreams } from '../series/view-streams.ts'
import type { AttributeTransform } from '../views/attribute-transform.ts'
import {
  type Bindable,
  type BoundCounter,
  type BoundHistogram,
  CounterInstrument,
  GaugeInstrument,
  HistogramInstrument,
  UpDownCounterInstrument,
} from './instruments.ts'

/** The API's `Meter` whose synchronous instruments have `bind`. Never throws. */
export interface Meter extends ApiMeter {
  /** Creates an instrument for a monotonic sum. */
  createCounter(name: string, options?: MetricOptions): Counter & Bindable<BoundCounter>
  /** Creates an instrument for a sum of positive and negative values. */
  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter & Bindable<BoundCounter>
  /** Creates an instrument for a distribution of non-negative values. */
  createHistogram(name: string, options?: MetricOptions): Histogram & Bindable<BoundHistogram>
  /** Creates an instrument for the last recorded value. */
  createGauge(name: string, options?: MetricOptions): Gauge & Bindable<BoundHistogram>
}

/** Creates the instruments of one instrumentation scope. Never throws. Invalid names are used, with a warning. */
export class SdkMeter implements Meter {
  readonly #streams: MeterStreams
  readonly #settings: StreamSettings

  constructor(streams: MeterStreams, settings: StreamSettings) {
    this.#streams = streams
    this.#settings = settings
  }

  createCounter(name: string, options?: MetricOptions): CounterInstrument {
    const descriptor = this.#describe(name, 'COUNTER', options)
    return new CounterInstrument(descriptor, this.#createViewStreams(descriptor), 0)
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounterInstrument {
    const descriptor = this.#describe(name, 'UP_DOWN_COUNTER', options)
    return new UpDownCounterInstrument(descriptor, this.#createViewStreams(descriptor), -Number.MAX_VALUE)
  }

  createHistogram(name: string, options?: MetricOptions): HistogramInstrument {
    const descriptor = this.#describe(name, 'HISTOGRAM', options)
    return new HistogramInstrument(descriptor, this.#createViewStreams(descriptor), 0)
  }

  createGauge(name: string, options?: MetricOptions): GaugeInstrument {
    const descriptor = this.#describe(name, 'GAUGE', options)
    return new GaugeInstrument(descriptor, this.#createViewStreams(descriptor), -Number.MAX_VALUE)
  }

  createObservableCounter(name: string, options?: MetricOptions): Observable {
    return this.#createObservable(name, 'OBSERVABLE_COUNTER', options)
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable {
    return this.#createObservable(name, 'OBSERVABLE_UP_DOWN_COUNTER', options)
  }

  createObservableGauge(name: string, options?: MetricOptions): Observable {
    return this.#createObservable(name, 'OBSERVABLE_GAUGE', options)
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    const isAdded = this.#streams.callbacks.addBatch(callback, observables)
    if (!isAdded)
      logger.error('batch callback ignored: none of its instruments is an observable instrument of this SDK')
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#streams.callbacks.removeBatch(callback, observables)
  }

  #describe(
    name: string,
    type: `${InstrumentType}`,
    options: MetricOptions | undefined,
  ): InstrumentDescriptor {
    const descriptor = describeInstrument(name, type, options)
    if (!isValidInstrumentName(descriptor.name)) {
      logger.warn(
        `invalid instrument name "${descriptor.name}": expected a letter followed by up to 254 of A-Z a-z 0-9 _ . - /`,
      )
    }
    return descriptor
  }

  #createViewStreams(descriptor: InstrumentDescriptor): ViewStreams[] {
    const streams = new Map<AttributeTransform | undefined, SyncStream[]>()
    for (const plan of planStreams(descriptor, this.#streams.scope, this.#settings)) {
      const { transform } = plan.options
      const stream = this.#streams.syncStream(plan)
      streams.set(transform, [...(streams.get(transform) ?? []), ...(stream === undefined ? [] : [stream])])
    }
    const { activeContext } = this.#settings
    return [...streams].map(([transform, ofView]) => new ViewStreams(ofView, transform, activeContext))
  }

  #createObservable(
    name: string,
    type: `${InstrumentType}`,
    options: MetricOptions | undefined,
  ): ObservableInstrument {
    const descriptor = this.#describe(name, type, options)
    const plans = planStreams(descriptor, this.#streams.scope, this.#settings)
    const streams = plans.map((plan) => this.#streams.observedStream(plan))
    return new ObservableInstrument(descriptor, streams, this.#streams.callbacks)
  }
}
