import type {
  Attributes,
  BatchObservableResult,
  Observable,
  ObservableCallback,
  ObservableResult,
} from '@opentelemetry/api'
import { attributesOrEmpty } from '../series/attribute-set.ts'
import { keepsLastValueOnly, recordableValue } from '../series/check-value.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { ObservationBuffer } from '../series/observation-buffer.ts'
import type { ObservedStream } from '../series/observed-stream.ts'

/** Where an instrument registers its callbacks. */
interface Callbacks {
  add(callback: ObservableCallback, instrument: ObservableInstrument): void
  remove(callback: ObservableCallback, instrument: ObservableInstrument): void
}

/** An asynchronous counter, up-down counter or gauge: callbacks observe its values at collection. */
export class ObservableInstrument implements Observable {
  readonly descriptor: InstrumentDescriptor
  /** One stream or more for each reader. */
  readonly streams: readonly ObservedStream[]
  /** Whether NaN and infinities may be observed. */
  readonly keepsLastValueOnly: boolean
  readonly #callbacks: Callbacks

  constructor(descriptor: InstrumentDescriptor, streams: readonly ObservedStream[], callbacks: Callbacks) {
    this.descriptor = descriptor
    this.streams = streams
    this.keepsLastValueOnly = keepsLastValueOnly(descriptor, streams)
    this.#callbacks = callbacks
  }

  addCallback(callback: ObservableCallback): void {
    this.#callbacks.add(callback, this)
  }

  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.remove(callback, this)
  }
}

/** Tells our observable instruments from those of another SDK. */
export function isObservable(instrument: unknown): instrument is ObservableInstrument {
  return instrument instanceof ObservableInstrument
}

/** Gathers what one callback observes; deaf once closed, so that a late observation falls into no interval. */
abstract class CallbackResult {
  readonly buffers = new Map<ObservableInstrument, ObservationBuffer>()
  #isClosed = false

  close(): void {
    this.#isClosed = true
  }

  protected addObservation(
    instrument: ObservableInstrument,
    value: number,
    attributes: Attributes | undefined,
  ): void {
    const checked = this.#isClosed
      ? undefined
      : recordableValue(instrument.descriptor, value, instrument.keepsLastValueOnly)
    if (checked === undefined) return
    let buffer = this.buffers.get(instrument)
    if (buffer === undefined) {
      buffer = new ObservationBuffer()
      this.buffers.set(instrument, buffer)
    }
    buffer.observe(checked, attributesOrEmpty(attributes))
  }
}

/** What a callback of one instrument is given. */
export class SingleInstrumentResult extends CallbackResult implements ObservableResult {
  readonly #instrument: ObservableInstrument

  constructor(instrument: ObservableInstrument) {
    super()
    this.#instrument = instrument
    // Callbacks may take `observe` off the result.
    this.observe = this.observe.bind(this)
  }

  observe(value: number, attributes?: Attributes): void {
    this.addObservation(this.#instrument, value, attributes)
  }
}

/** What a batch callback is given; observations of instruments that it was not registered for are dropped. */
export class BatchCallbackResult extends CallbackResult implements BatchObservableResult {
  readonly #instruments: ReadonlySet<Observable>

  constructor(instruments: ReadonlySet<Observable>) {
    super()
    this.#instruments = instruments
    this.observe = this.observe.bind(this)
  }

  observe(instrument: Observable, value: number, attributes?: Attributes): void {
    if (isObservable(instrument) && this.#instruments.has(instrument))
      this.addObservation(instrument, value, attributes)
  }
}
