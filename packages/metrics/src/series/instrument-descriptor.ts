import type { MetricAdvice, MetricOptions } from '@opentelemetry/api'
import type { InstrumentType, MetricDescriptor } from '@opentelemetry/sdk-metrics'
import { DOUBLE, INT } from '../sdk-values.ts'

/** Identity and description of an instrument. */
export interface InstrumentDescriptor extends MetricDescriptor {
  readonly type: InstrumentType
  readonly advice: MetricAdvice
}

/** Specification metrics/api.md "Instrument name syntax". */
const NAME_SYNTAX = /^[a-z][a-z0-9_.\-/]{0,254}$/i

/** Creates a descriptor from the application's arguments. Arguments of the wrong type get their defaults. */
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
    // The application's getter threw.
    return undefined
  }
}

/** Whether the name has the specified syntax. Invalid names are used too, with a warning. */
export function isValidInstrumentName(name: string): boolean {
  return NAME_SYNTAX.test(name)
}

/** Whether the instrument accepts negative values. A sum of its measurements is then not monotonic. */
export function acceptsNegativeValues(type: InstrumentType): boolean {
  const name: `${InstrumentType}` = type
  return name !== 'COUNTER' && name !== 'HISTOGRAM' && name !== 'OBSERVABLE_COUNTER'
}

/** Whether the instrument is a synchronous or asynchronous gauge. */
export function isGauge(type: InstrumentType): boolean {
  const name: `${InstrumentType}` = type
  return name === 'GAUGE' || name === 'OBSERVABLE_GAUGE'
}

/** Whether the instrument is asynchronous: callbacks observe its values at collection. */
export function isAsynchronous(type: InstrumentType): boolean {
  return type.startsWith('OBSERVABLE_')
}
