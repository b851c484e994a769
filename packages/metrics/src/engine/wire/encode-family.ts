import type { Family } from '../family.ts'

/** Keys of numbers, which are text in JSON if they are not finite. */
const NUMBERS: ReadonlySet<string> = new Set([
  'value',
  'count',
  'sum',
  'bound',
  'quantile',
  'created',
  'timestamp',
])

const NOT_FINITE: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity'])

const TYPES: ReadonlySet<unknown> = new Set<Family['type']>([
  'counter',
  'gauge',
  'histogram',
  'summary',
  'unknown',
  'info',
  'stateset',
  'gaugehistogram',
])

/** Returns a family as one line of JSON, for another process of the same application. Labels are arrays: they can have any name. */
export function encodeFamily(family: Family): string {
  return JSON.stringify(family, (key, value: unknown) => {
    if (key === 'labels') return Object.entries(value as object)
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  })
}

/** Returns the family of a line of {@link encodeFamily}; `undefined` if it is not one. */
export function decodeFamily(line: string): Family | undefined {
  try {
    const family = JSON.parse(line, (key, value: unknown) => {
      if (key === 'labels') return Object.fromEntries(value as [string, string][])
      return NUMBERS.has(key) && NOT_FINITE.has(value) ? Number(value) : value
    }) as Partial<Family> | null
    const isFamily =
      typeof family?.name === 'string' && TYPES.has(family.type) && Array.isArray(family.points)
    return isFamily ? (family as Family) : undefined
  } catch {
    return undefined
  }
}
