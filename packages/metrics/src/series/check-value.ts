import { logger } from '../logger.ts'
import { INT } from '../sdk-values.ts'
import { type Aggregation, LAST_VALUE } from './aggregation.ts'
import { acceptsNegativeValues, type InstrumentDescriptor, isGauge } from './instrument-descriptor.ts'

const reportedReasons = new WeakMap<InstrumentDescriptor, Set<string>>()

/**
 * Returns the value to record: `value` itself, or its integer part for INT instruments. Invalid values are dropped and
 * reported once per instrument and reason, so that they neither throw nor spoil a series.
 *
 * @param keepsLastValue whether all streams keep only the last value: then NaN and infinities are allowed
 * @returns undefined if `value` is not a number, is negative for a counter or histogram, or is NaN or infinite
 */
export function recordableValue(
  instrument: InstrumentDescriptor,
  value: unknown,
  keepsLastValue: boolean,
): number | undefined {
  if (typeof value !== 'number') return reportOnce(instrument, `value of type ${typeof value} dropped`)
  if (!Number.isFinite(value) && (!keepsLastValue || instrument.valueType === INT))
    return reportOnce(instrument, `value ${value} dropped`)
  if (value < 0 && !acceptsNegativeValues(instrument.type))
    return reportOnce(instrument, 'negative value dropped')
  if (instrument.valueType !== INT || Number.isInteger(value)) return value
  reportOnce(instrument, 'value truncated to an integer')
  return Math.trunc(value)
}

function reportOnce(instrument: InstrumentDescriptor, reason: string): undefined {
  const reasons = reportedReasons.get(instrument) ?? new Set()
  reportedReasons.set(instrument, reasons)
  if (reasons.has(reason)) return
  reasons.add(reason)
  logger.warn(`metric ${instrument.name}: ${reason} (reported once)`)
}

/**
 * Whether the instrument is a gauge and all its streams aggregate to the last value. Only then may NaN be recorded,
 * which many applications use for "no value": the next measurement replaces it.
 */
export function keepsLastValueOnly(
  instrument: InstrumentDescriptor,
  streams: readonly { readonly options: { readonly aggregation: Aggregation } }[],
): boolean {
  return isGauge(instrument.type) && streams.every(({ options }) => options.aggregation === LAST_VALUE)
}
