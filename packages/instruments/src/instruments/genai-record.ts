import type { Attributes, Context, Counter, Histogram } from '@opentelemetry/api'
import { internalErrors } from './internal-errors.ts'

/** Adds a value to a counter, if there is one. An error is counted, and does not prevent further records. */
export function add(
  counter: Counter,
  value: number | undefined,
  attributes: Attributes,
  context: Context,
): void {
  if (value === undefined) return
  try {
    counter.add(value, attributes, context)
  } catch (error) {
    internalErrors.report('genai_record', error)
  }
}

/** As {@link add}, for a histogram. */
export function record(
  histogram: Histogram,
  value: number | undefined,
  attributes: Attributes,
  context: Context,
): void {
  if (value === undefined) return
  try {
    histogram.record(value, attributes, context)
  } catch (error) {
    internalErrors.report('genai_record', error)
  }
}
