import type { Attributes, Context } from '@opentelemetry/api'
import { logger } from '../logger.ts'
import { INT } from '../sdk-values.ts'
import { attributesOrEmpty } from '../series/attribute-set.ts'
import { keepsLastValueOnly, recordableValue } from '../series/check-value.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { bindSeries, type SeriesHandle } from '../series/series-handle.ts'
import type { ViewStreams } from '../series/view-streams.ts'

/**
 * Base class of all synchronous instruments. Never throws.
 *
 * Common valid values take a fast path. All others go through `recordableValue`, in a separate method: a variable that
 * may also be undefined would make V8 box every double (16 bytes and 8 ns a record).
 */
export class SyncInstrument {
  readonly #descriptor: InstrumentDescriptor
  readonly #viewStreams: readonly ViewStreams[]
  /** Finite numbers from this value on take the fast path. Infinity for INT instruments: all values are checked. */
  readonly #fastPathMinimum: number
  readonly #keepsLastValueOnly: boolean
  #hasReportedError = false

  /** @param minimum smallest valid finite value of the instrument type */
  constructor(descriptor: InstrumentDescriptor, viewStreams: readonly ViewStreams[], minimum: number) {
    this.#descriptor = descriptor
    this.#viewStreams = viewStreams
    this.#fastPathMinimum = descriptor.valueType === INT ? Number.POSITIVE_INFINITY : minimum
    this.#keepsLastValueOnly = keepsLastValueOnly(
      descriptor,
      viewStreams.flatMap(({ streams }) => streams),
    )
  }

  /** Records a measurement of the application. Never throws. */
  measure(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    try {
      if (this.isFastPathValue(value)) this.#record(value, attributes, context)
      else this.#recordChecked(value, attributes, context)
    } catch (error) {
      this.reportError(error)
    }
  }

  /** Returns a handle bound to these attributes. Never throws. */
  bindSeries(attributes: Attributes | undefined): BoundSeries {
    return new BoundSeries(this, bindSeries(this.#viewStreams, attributesOrEmpty(attributes)))
  }

  /** Whether the value is certainly valid, without further checks. */
  isFastPathValue(value: number): boolean {
    return typeof value === 'number' && value >= this.#fastPathMinimum && value < Number.POSITIVE_INFINITY
  }

  /** Returns the value to record for a value that is not on the fast path, or undefined to drop it. */
  recordableValue(value: number): number | undefined {
    return recordableValue(this.#descriptor, value, this.#keepsLastValueOnly)
  }

  /** Logs the first error that a measurement caused, for example in an attribute processor of the application. */
  reportError(error: unknown): void {
    if (this.#hasReportedError) return
    this.#hasReportedError = true
    logger.error(
      `metric ${this.#descriptor.name}: error while recording a measurement (reported once)`,
      error,
    )
  }

  #record(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const given = attributesOrEmpty(attributes)
    for (const streams of this.#viewStreams) streams.record(value, given, context)
  }

  #recordChecked(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const checked = this.recordableValue(value)
    if (checked !== undefined) this.#record(checked, attributes, context)
  }
}

/** An instrument bound to attributes. */
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
  record(value: number, context?: Context): void {
    try {
      if (this.#instrument.isFastPathValue(value)) this.#handle.record(value, context)
      else this.#recordChecked(value, context)
    } catch (error) {
      this.#instrument.reportError(error)
    }
  }

  #recordChecked(value: number, context: Context | undefined): void {
    const checked = this.#instrument.recordableValue(value)
    if (checked !== undefined) this.#handle.record(checked, context)
  }
}
