import type { Push } from '../messages.ts'
import type { CopyMessage } from './copies.ts'

/** Starts the text of a copy message: all others are JSON objects. */
const PREFIX = 'copy '

/** Longest key of a source. */
const MAX_KEY = 200

/** Returns whether a text is a copy message. */
export const isCopyText = (text: unknown): text is string =>
  typeof text === 'string' && text.startsWith(PREFIX)

/** Returns a message as text. */
export const copyText = (message: CopyMessage): string => PREFIX + JSON.stringify(message)

/**
 * Parses a text.
 * @param validatePush throws if the push of a source is not valid; the source is `undefined` for the accumulator of ended sources
 * @throws Error if the text is not a valid message
 */
export function parseCopyText(
  text: string,
  validatePush: (push: unknown, source: string | undefined) => Push,
): CopyMessage {
  const value: unknown = JSON.parse(text.slice(PREFIX.length))
  if (!Array.isArray(value)) throw new Error('not an array')
  const [verb, first, second] = value as readonly unknown[]
  switch (verb) {
    case 'begin':
      return [verb, key(first)]
    case 'open':
      return [verb, key(first), key(second)]
    case 'push':
      return [verb, key(first), validatePush(second, key(first))]
    case 'retired':
      return [verb, version(first), validatePush(second, undefined)]
    case 'fold':
      return [verb, version(first), keys(second)]
    case 'ready':
    case 'adopted':
      return [verb]
    default:
      throw new Error('unknown verb')
  }
}

function key(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_KEY) throw new Error('not a key')
  return value
}

function keys(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw new Error('not a list of keys')
  return value.map(key)
}

function version(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Error('not a version')
  return value as number
}
