import type { MetricAdvice, MetricOptions, ValueType } from '@opentelemetry/api'
import type { InstrumentType, MetricDescriptor } from '@opentelemetry/sdk-metrics'

/** What identifies an instrument, and what its data points are described by. */
export interface InstrumentDescriptor extends MetricDescriptor {
  readonly type: InstrumentType
  readonly advice: MetricAdvice
}

/** ValueType of the API, whose enum object need not be loaded. */
export const INT: ValueType.INT = 0
const DOUBLE: ValueType.DOUBLE = 1

/** Syntax of instrument names (specification metrics/api.md "Instrument name syntax"). */
const NAME_SYNTAX = /^[a-z][a-z0-9_.\-/]{0,254}$/i

/** A descriptor from what the application gave; what has the wrong type counts as not given. */
export function describeInstrument(
  name: string,
  type: `${InstrumentType}`,
  options: MetricOptions | undefined,
): InstrumentDescriptor {
  const [description, unit, advice] = [
    read(options, 'description'),
    read(options, 'unit'),
    read(options, 'advice'),
  ]
  return {
    name: typeof name === 'string' ? name : '',
    type: type as InstrumentType,
    description: typeof description === 'string' ? description : '',
    unit: typeof unit === 'string' ? unit : '',
    valueType: read(options, 'valueType') === INT ? INT : DOUBLE,
    advice: typeof advice === 'object' && advice !== null ? advice : {},
  }
}

function read(options: MetricOptions | undefined, key: keyof MetricOptions): unknown {
  try {
    return options?.[key]
  } catch {
    // A getter of the application threw.
    return undefined
  }
}

/** Whether the name obeys the specification. Others are warned about and used all the same. */
export function isValidInstrumentName(name: string): boolean {
  return NAME_SYNTAX.test(name)
}

/** Whether the instrument takes negative values, so that a sum over its measurements is not monotonic. */
export function acceptsNegativeValues(type: InstrumentType): boolean {
  const name: `${InstrumentType}` = type
  return name !== 'COUNTER' && name !== 'HISTOGRAM' && name !== 'OBSERVABLE_COUNTER'
}

/** Whether callbacks observe the instrument's values at collection. */
export function isAsynchronous(type: InstrumentType): boolean {
  return type.startsWith('OBSERVABLE_')
}
