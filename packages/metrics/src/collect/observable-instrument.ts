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

/** An asynchronous counter, up-down counter or gauge. Callbacks observe its values at collection. */
export class ObservableInstrument implements Observable {
  readonly descriptor: InstrumentDescriptor
  /** At least one stream per reader. */
  readonly streams: readonly ObservedStream[]
  /** Whether NaN and infinities are valid. */
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

/** Whether the instrument belongs to this SDK. */
export function isObservable(instrument: unknown): instrument is ObservableInstrument {
  return instrument instanceof ObservableInstrument
}

/** Collects the observations of one callback. Ignores observations after `close`, which belong to no interval. */
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

/** Argument of a callback of a single instrument. */
export class SingleInstrumentResult extends CallbackResult implements ObservableResult {
  readonly #instrument: ObservableInstrument

  constructor(instrument: ObservableInstrument) {
    super()
    this.#instrument = instrument
    // Allows callbacks to destructure `observe`.
    this.observe = this.observe.bind(this)
  }

  observe(value: number, attributes?: Attributes): void {
    this.addObservation(this.#instrument, value, attributes)
  }
}

/** Argument of a batch callback. Drops observations of instruments that the callback is not registered for. */
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
