import type { AggregatorMessage, MemberMessage } from './control-messages.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'

/** Longest text that is decoded. A sender limits its messages by an estimate, so that some are longer than the limit. */
const MAX_TEXT_LENGTH = 2 * MAX_MESSAGE_BYTES

/** Returns a message as the text that a channel carries. */
export const encode = (message: MemberMessage | AggregatorMessage): string => JSON.stringify(message)

/** Why a message was refused. */
export type RefusalReason = 'size' | 'syntax' | 'type' | 'value' | 'unknown_id' | 'limit' | 'internal'

/** A received message is not valid. Never thrown out of `Member` and `Aggregator`. */
export class InvalidMessage extends Error {
  override readonly name = 'InvalidMessage'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, detail: string) {
    super(detail)
    this.reason = reason
  }
}

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object of JSON, not an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Parses a received text.
 * @throws InvalidMessage if it is not the text of an object with a type, or too long
 */
export function decode(text: unknown): JsonObject & { readonly type: string } {
  if (typeof text !== 'string') throw new InvalidMessage('syntax', `expected text, got ${typeof text}`)
  if (text.length > MAX_TEXT_LENGTH) throw new InvalidMessage('size', `${text.length} characters`)
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    throw new InvalidMessage('syntax', 'not JSON')
  }
  if (!isObject(message) || typeof message['type'] !== 'string')
    throw new InvalidMessage('type', 'not an object with a type')
  return message as JsonObject & { readonly type: string }
}
