import type { Attributes, Context } from '@opentelemetry/api'
import { logger } from '../logger.ts'
import { attributesOrEmpty } from '../series/attribute-set.ts'
import { keepsLastValueOnly, recordableValue } from '../series/check-value.ts'
import { INT, type InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { bindSeries, type SeriesHandle } from '../series/series-handle.ts'
import type { ViewStreams } from '../series/view-streams.ts'

/**
 * What all synchronous instruments do with a measurement. Nothing that is called from here may throw.
 *
 * The usual value goes straight on; everything else goes through `recordableValue`, in a method of its own: a variable that
 * could hold either would make the compiler box every double (16 bytes and 8 ns a record).
 */
export class SyncInstrument {
  readonly #descriptor: InstrumentDescriptor
  readonly #viewStreams: readonly ViewStreams[]
  /** Numbers from here up to infinity need no second look; for integers there are none. */
  readonly #fastPathMinimum: number
  readonly #keepsLastValueOnly: boolean
  #hasReportedError = false

  constructor(descriptor: InstrumentDescriptor, routes: readonly ViewStreams[], leastUsual: number) {
    this.#descriptor = descriptor
    this.#viewStreams = routes
    this.#fastPathMinimum = descriptor.valueType === INT ? Number.POSITIVE_INFINITY : leastUsual
    this.#keepsLastValueOnly = keepsLastValueOnly(
      descriptor,
      routes.flatMap((route) => route.streams),
    )
  }

  /** Records a measurement that the application gave. Never throws. */
  measure(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    try {
      if (this.isFastPathValue(value)) this.#record(value, attributes, context)
      else this.#recordChecked(value, attributes, context)
    } catch (error) {
      this.reportError(error)
    }
  }

  /** A handle for the series of these attributes. Never throws. */
  bindSeries(attributes: Attributes | undefined): BoundSeries {
    return new BoundSeries(this, bindSeries(this.#viewStreams, attributesOrEmpty(attributes)))
  }

  /** Whether the value needs no second look. */
  isFastPathValue(value: number): boolean {
    return typeof value === 'number' && value >= this.#fastPathMinimum && value < Number.POSITIVE_INFINITY
  }

  /** The value to record instead of an unusual one; undefined if there is none. */
  recordableValue(value: number): number | undefined {
    return recordableValue(this.#descriptor, value, this.#keepsLastValueOnly)
  }

  /** Says once what went wrong in something that the application brought. */
  reportError(error: unknown): void {
    if (this.#hasReportedError) return
    this.#hasReportedError = true
    logger.error(`metric ${this.#descriptor.name}: a measurement met an error (reported once)`, error)
  }

  #record(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const given = attributesOrEmpty(attributes)
    for (const route of this.#viewStreams) route.record(value, given, context)
  }

  #recordChecked(value: number, attributes: Attributes | undefined, context: Context | undefined): void {
    const checked = this.recordableValue(value)
    if (checked !== undefined) this.#record(checked, attributes, context)
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
