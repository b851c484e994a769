import { InvalidMessage } from './codec.ts'
import type { WireNumber } from './messages.ts'

/** Returns `value` if it is an integer from `minimum` that arithmetic represents exactly. */
export function integer(value: unknown, name: string, minimum = 0): number {
  if (!Number.isSafeInteger(value) || (value as number) < minimum)
    throw new InvalidMessage('value', `${name} is not an integer from ${minimum}`)
  return value as number
}

/** Returns `value` if it is a text of at most `maxLength` characters. */
export function text(value: unknown, name: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength)
    throw new InvalidMessage('value', `${name} is not a text of at most ${maxLength} characters`)
  return value
}

/** Returns `value` if it is one of `values`. */
export function oneOf<T>(value: unknown, values: readonly T[], name: string): T {
  if (!values.includes(value as T)) throw new InvalidMessage('value', `${name} is not one of its values`)
  return value as T
}

/** Returns `value` if it is a boolean. */
export function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new InvalidMessage('value', `${name} is not a boolean`)
  return value
}

/** Returns `value` if it is an array; of a missing value, an empty one. */
export function array(value: unknown, name: string): readonly unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new InvalidMessage('value', `${name} is not an array`)
  return value
}

/** Returns `value` if it is a number of a message. */
export function wireNumber(value: unknown): WireNumber {
  if (typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity')
    return value as WireNumber
  throw new InvalidMessage('value', 'a value is not a number')
}
