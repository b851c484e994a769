import type {
  Attributes,
  BatchObservableCallback,
  Context,
  Meter,
  MeterProvider,
  Observable,
} from '@opentelemetry/api'
import { createNoopMeter } from '@opentelemetry/api'

/** One measurement. */
export interface Recorded {
  readonly name: string
  readonly value: number
  readonly attributes: Attributes
  readonly context: Context | undefined
}

/** A provider that keeps all measurements, in order. Observable instruments are read by {@link RecordingProvider.collect}. */
export class RecordingProvider implements MeterProvider {
  readonly calls: Recorded[] = []
  readonly #callbacks: (() => void)[] = []

  getMeter(): ReturnType<MeterProvider['getMeter']> {
    const create = (name: string) => {
      const record = (value: number, attributes: Attributes = {}, context?: Context): void => {
        this.calls.push({ name, value, attributes, context })
      }
      return { add: record, record }
    }
    const names = new Map<Observable, string>()
    const observe = (observable: Observable, value: number, attributes: Attributes = {}): void => {
      this.calls.push({ name: names.get(observable) ?? '', value, attributes, context: undefined })
    }
    const createObservable = (name: string): Observable => {
      const observable: Observable = {
        addCallback: (callback) =>
          this.#callbacks.push(
            () => void callback({ observe: (value, attributes) => observe(observable, value, attributes) }),
          ),
        removeCallback() {},
      }
      names.set(observable, name)
      return observable
    }
    const noop: Meter = createNoopMeter() // one object for all callers
    return Object.assign(Object.create(noop) as Meter, {
      createCounter: create,
      createUpDownCounter: create,
      createHistogram: create,
      createGauge: create,
      createObservableCounter: createObservable,
      createObservableUpDownCounter: createObservable,
      createObservableGauge: createObservable,
      addBatchObservableCallback: (callback: BatchObservableCallback) =>
        this.#callbacks.push(() => void callback({ observe })),
    })
  }

  /** Runs the callbacks of observable instruments once. */
  collect(): void {
    for (const callback of this.#callbacks) callback()
  }

  /** Returns the sums of the measurements of an instrument, by attributes as `k=v,k=v`. */
  sums(name: string): Record<string, number> {
    const sums: Record<string, number> = {}
    for (const call of this.calls) {
      if (call.name !== name) continue
      const key = Object.entries(call.attributes)
        .map(([k, v]) => `${k}=${v}`)
        .join(',')
      sums[key] = (sums[key] ?? 0) + call.value
    }
    return sums
  }

  /** Returns the number of measurements of an instrument, by attributes as `k=v,k=v`. */
  counts(name: string): Record<string, number> {
    const counted = new RecordingProvider()
    counted.calls.push(...this.calls.map((call) => ({ ...call, value: 1 })))
    return counted.sums(name)
  }
}
