import { InvalidMessage, isObject, type JsonObject } from './codec.ts'
import type { MetricIdentity } from './messages.ts'
import { array, boolean, oneOf, text } from './validation.ts'

const KINDS = ['sum', 'gauge', 'histogram', 'exponential_histogram'] as const

const MERGES = ['sum', 'max', 'min', 'mean', 'last', 'by_worker'] as const

/** `InstrumentType` of sdk-metrics. */
const INSTRUMENTS = [
  'COUNTER',
  'GAUGE',
  'HISTOGRAM',
  'UP_DOWN_COUNTER',
  'OBSERVABLE_COUNTER',
  'OBSERVABLE_GAUGE',
  'OBSERVABLE_UP_DOWN_COUNTER',
] as const

/** The size of a message limits the texts of a metric. */
const NO_LIMIT = Number.POSITIVE_INFINITY

/** @throws InvalidMessage if `value` does not describe a metric */
export function validateMetric(value: unknown): MetricIdentity {
  if (!isObject(value)) throw new InvalidMessage('value', 'a metric is not an object')
  const kind = oneOf(value['kind'], KINDS, 'kind')
  const isMonotonic = boolean(value['isMonotonic'], 'isMonotonic')
  if (kind === 'gauge' && isMonotonic) throw new InvalidMessage('value', 'a gauge is monotonic')
  return {
    scope: validateScope(value['scope']),
    name: text(value['name'], 'name', NO_LIMIT),
    description: text(value['description'], 'description', NO_LIMIT),
    unit: text(value['unit'], 'unit', NO_LIMIT),
    instrument: oneOf(value['instrument'], INSTRUMENTS, 'instrument'),
    valueType: oneOf(value['valueType'], [0, 1], 'valueType'),
    kind,
    isMonotonic,
    boundaries: validateBoundaries(value['boundaries']),
    merge: oneOf(value['merge'], MERGES, 'merge'),
  }
}

function validateScope(value: unknown): MetricIdentity['scope'] {
  if (!isObject(value)) throw new InvalidMessage('value', 'a scope is not an object')
  return {
    name: text(value['name'], 'name of the scope', NO_LIMIT),
    ...optionalText(value, 'version'),
    ...optionalText(value, 'schemaUrl'),
  }
}

function optionalText<K extends string>(value: JsonObject, key: K): { [key in K]?: string } {
  if (value[key] === undefined) return {}
  return { [key]: text(value[key], key, NO_LIMIT) } as { [key in K]?: string }
}

function validateBoundaries(value: unknown): readonly number[] {
  const boundaries = array(value, 'boundaries')
  let previous = Number.NEGATIVE_INFINITY
  for (const boundary of boundaries) {
    if (typeof boundary !== 'number' || !Number.isFinite(boundary) || boundary <= previous)
      throw new InvalidMessage('value', 'boundaries are not increasing numbers')
    previous = boundary
  }
  return boundaries as readonly number[]
}
