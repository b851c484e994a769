import { type Attributes, type Context, diag } from '@opentelemetry/api'
import { checkValue } from '../series/check-value.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import type { Route } from '../series/route.ts'
import { bindSeries, type SeriesHandle } from '../series/series-handle.ts'

const NO_ATTRIBUTES: Attributes = Object.freeze({})

/** ValueType.INT of the API. */
const INT = 0

/** What all synchronous instruments do with a measurement. Nothing that is called from here may throw. */
export class SyncInstrument {
  readonly #descriptor: InstrumentDescriptor
  readonly #routes: readonly Route[]
  /** Values that are a number, finite and at least this need no second look; integers never skip it. */
  readonly #leastValid: number
  #hasReportedError = false

  constructor(descriptor: InstrumentDescriptor, routes: readonly Route[], leastValid: number) {
    this.#descriptor = descriptor
    this.#routes = routes
    this.#leastValid = descriptor.valueType === INT ? Number.POSITIVE_INFINITY : leastValid
  }

  /** Records a measurement that the application gave. Never throws. */
  measure(given: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const value = this.valid(given)
    if (value === undefined) return
    const set = typeof attributes === 'object' && attributes !== null ? attributes : NO_ATTRIBUTES
    try {
      for (const route of this.#routes) route.record(value, set, context)
    } catch (error) {
      this.reportError(error)
    }
  }

  /** A handle for the series of these attributes. Never throws. */
  bindSeries(attributes: Attributes | undefined): BoundSeries {
    const set = typeof attributes === 'object' && attributes !== null ? attributes : NO_ATTRIBUTES
    return new BoundSeries(this, bindSeries(this.#routes, set))
  }

  /** The value to record, undefined if there is none. */
  valid(value: number): number | undefined {
    return typeof value === 'number' && value >= this.#leastValid && value < Number.POSITIVE_INFINITY
      ? value
      : checkValue(this.#descriptor, value)
  }

  /** Says once what went wrong in a context, a reservoir or another part that the application brought. */
  reportError(error: unknown): void {
    if (this.#hasReportedError) return
    this.#hasReportedError = true
    diag.error(`metric ${this.#descriptor.name}: a measurement met an error (reported once)`, error)
  }
}

/** One series of an instrument. */
export class BoundSeries {
  readonly #instrument: SyncInstrument
  readonly #handle: SeriesHandle

  constructor(instrument: SyncInstrument, handle: SeriesHandle) {
    this.#instrument = instrument
    this.#handle = handle
  }

  /** Adds to a counter or an up-down counter. Never throws. */
  add(value: number, context?: Context): void {
    this.record(value, context)
  }

  /** Records a value of a histogram or a gauge. Never throws. */
  record(given: number, context?: Context): void {
    const value = this.#instrument.valid(given)
    if (value === undefined) return
    try {
      this.#handle.record(value, context)
    } catch (error) {
      this.#instrument.reportError(error)
    }
  }
}
