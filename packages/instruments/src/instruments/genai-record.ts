import type { Attributes, Context, Counter, Histogram } from '@opentelemetry/api'
import { internalErrors } from './internal-errors.ts'

type Write<Instrument> = (
  instrument: Instrument,
  value: number,
  attributes: Attributes,
  context: Context,
) => void

/** Adds a value to a counter, if there is one. An error is counted, and does not prevent further records. */
export const add = independently<Counter>((counter, value, attributes, context) =>
  counter.add(value, attributes, context),
)

/** As {@link add}, for a histogram. */
export const record = independently<Histogram>((histogram, value, attributes, context) =>
  histogram.record(value, attributes, context),
)

function independently<Instrument>(write: Write<Instrument>) {
  return (
    instrument: Instrument,
    value: number | undefined,
    attributes: Attributes,
    context: Context,
  ): void => {
    if (value === undefined) return
    try {
      write(instrument, value, attributes, context)
    } catch (error) {
      internalErrors.report('genai_record', error)
    }
  }
}
