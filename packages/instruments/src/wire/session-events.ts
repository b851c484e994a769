import { type Excerpt, ExcerptReader } from './excerpt.ts'

/** Event types that clients of LLM sessions send. */
const CLIENT_EVENTS: ReadonlySet<string> = new Set([
  'response.create',
  'response.cancel',
  'session.update',
  'transcription_session.update',
  'conversation.item.create',
  'conversation.item.delete',
  'conversation.item.retrieve',
  'conversation.item.truncate',
  'input_audio_buffer.append',
  'input_audio_buffer.commit',
  'input_audio_buffer.clear',
  'output_audio_buffer.clear',
])

/**
 * Event types that servers of LLM sessions send: OpenAI's Realtime API, transcription as vLLM serves it, and the Responses API.
 * The type `error` is used by many protocols and identifies none.
 */
const SERVER_EVENT =
  /^(response\.|session\.(created|updated)$|transcription_session\.updated$|conversation\.(created$|item\.)|(in|out)put_audio_buffer\.|rate_limits\.updated$|transcription\.(delta|done)$)/

/** Whether an event of the client belongs to an LLM session. */
export function isClientEvent(type: string): boolean {
  return CLIENT_EVENTS.has(type)
}

/** Whether an event of the server belongs to an LLM session. */
export function isServerEvent(type: string): boolean {
  return SERVER_EVENT.test(type)
}

/** Events of the server with output of a response, in whole or in parts, such as `response.output_text.delta`. */
export function isOutputEvent(type: string): boolean {
  return type.startsWith('response.') && (type.endsWith('.delta') || type.endsWith('.done'))
}

/** The member `type` where the implementations put it: first, or after `event_id`. */
const TYPE_AT_START = /^\s*\{\s*(?:"event_id"\s*:\s*"[^"\\]{0,256}"\s*,\s*)?"type"\s*:\s*"([^"\\]{1,64})"/

/** The member `type` at the end of the object, where vLLM puts it. A string cannot contain it: its quotes would be escaped. */
const TYPE_AT_END = /"type"\s*:\s*"([^"\\]{1,64})"\s*\}\s*$/

/** Units at the end of a message in which {@link TYPE_AT_END} is searched. */
const END = 128

/** Returns the member `type` at the beginning of a message; `undefined` if it is elsewhere, or there is none. */
export function typeAtStart(beginning: string): string | undefined {
  return TYPE_AT_START.exec(beginning)?.[1]
}

/** Whether the beginning of a message is that of a JSON object. */
export function isObjectAtStart(beginning: string): boolean {
  return /^\s*\{/.test(beginning)
}

/** Returns the member `type` of the JSON object in a message; `undefined` if it has none, or is no object. */
export function eventTypeOf(message: Excerpt): string | undefined {
  const type = typeAtStart(message.head)
  if (type !== undefined) return type
  if (!isObjectAtStart(message.head)) return undefined
  const last = TYPE_AT_END.exec((message.tail === '' ? message.head : message.tail).slice(-END))?.[1]
  if (last !== undefined) return last
  // Known types are ASCII, which needs no decoding.
  const member = new ExcerptReader(message, 'decoded').get('type')
  return typeof member === 'string' ? member : undefined
}
