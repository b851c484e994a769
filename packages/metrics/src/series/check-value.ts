import { logger } from '../logger.ts'
import { type Aggregation, LAST_VALUE } from './aggregation.ts'
import { acceptsNegativeValues, INT, type InstrumentDescriptor } from './instrument-descriptor.ts'

const reported = new WeakMap<InstrumentDescriptor, Set<string>>()

/**
 * The value that an instrument records instead of `value`: the same, or for integer instruments the truncated one.
 * Nothing may throw and nothing may spoil a series for good, so what cannot be added is left out and reported once.
 *
 * @param forgets whether only the last value is kept, so that NaN and infinities may pass
 * @returns undefined if nothing is to be recorded: no number, negative for a counter or histogram, NaN or infinite
 */
export function recordableValue(
  instrument: InstrumentDescriptor,
  value: unknown,
  forgets: boolean,
): number | undefined {
  if (typeof value !== 'number') return reportOnce(instrument, `a value of type ${typeof value}`)
  if (!Number.isFinite(value) && (!forgets || instrument.valueType === INT))
    return reportOnce(instrument, `${value}`)
  if (value < 0 && !acceptsNegativeValues(instrument.type)) return reportOnce(instrument, 'a negative value')
  if (instrument.valueType !== INT || Number.isInteger(value)) return value
  reportOnce(instrument, 'the fractional digits of a value')
  return Math.trunc(value)
}

function reportOnce(instrument: InstrumentDescriptor, what: string): undefined {
  const known = reported.get(instrument) ?? new Set()
  reported.set(instrument, known)
  if (known.has(what)) return
  known.add(what)
  logger.warn(`metric ${instrument.name}: ${what} is not recorded (reported once)`)
}

/** Whether a gauge is a gauge on all of its streams: then NaN, which many use for "no value", harms nothing. */
export function keepsLastValueOnly(
  instrument: InstrumentDescriptor,
  streams: readonly { readonly options: { readonly aggregation: Aggregation } }[],
): boolean {
  const type: string = instrument.type
  const isGauge = type === 'GAUGE' || type === 'OBSERVABLE_GAUGE'
  return isGauge && streams.every((stream) => stream.options.aggregation === LAST_VALUE)
}
