import { member } from '../../wire/excerpt.ts'
import { elementsOf } from '../../wire/values.ts'

/** A part of a message in the schema of the semantic conventions. A part of another kind is kept as the API has it. */
export type MessagePart = Readonly<Record<string, unknown>>

/** A message in the schema of the semantic conventions. */
export interface Message {
  readonly role: string
  readonly parts: readonly MessagePart[]
  /** Of output messages. */
  readonly finish_reason?: string
}

/** Returns a value if it is a text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Returns the content of a message of any API as parts: a text, or an array of parts. */
export function partsOf(content: unknown): readonly MessagePart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', content }]
  return elementsOf(content).map(partOf)
}

function partOf(part: unknown): MessagePart {
  if (typeof part === 'string') return { type: 'text', content: part }
  switch (member(part, 'type')) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', content: member(part, 'text') }
    case 'refusal':
      return { type: 'text', content: member(part, 'refusal') }
    case 'thinking':
      return { type: 'reasoning', content: member(part, 'thinking') }
    case 'tool_use':
      return toolCall(member(part, 'id'), member(part, 'name'), member(part, 'input'))
    case 'tool_result':
      return toolResult(member(part, 'tool_use_id'), member(part, 'content'))
    default:
      return typeof part === 'object' && part !== null ? (part as MessagePart) : { type: 'unknown' }
  }
}

/** Returns a message of the chat completions or Messages API. */
export function messageOf(message: unknown): Message {
  const role = text(member(message, 'role')) ?? 'assistant'
  const content = member(message, 'content')
  if (role === 'tool') return { role, parts: [toolResult(member(message, 'tool_call_id'), content)] }
  const calls = elementsOf(member(message, 'tool_calls')).map((call) => {
    const called = member(call, 'function')
    return toolCall(member(call, 'id'), member(called, 'name'), member(called, 'arguments'))
  })
  const reasoning = text(member(message, 'reasoning_content')) ?? text(member(message, 'reasoning'))
  return {
    role,
    parts: [
      ...(reasoning ? [{ type: 'reasoning', content: reasoning }] : []),
      ...partsOf(content),
      ...partsOf(member(message, 'refusal')),
      ...calls,
    ],
  }
}

/** Returns an item of the input or the output of the Responses API as a message. */
export function messageOfItem(item: unknown): Message {
  switch (member(item, 'type')) {
    case 'function_call': {
      const call = toolCall(member(item, 'call_id'), member(item, 'name'), member(item, 'arguments'))
      return { role: 'assistant', parts: [call] }
    }
    case 'function_call_output':
      return { role: 'tool', parts: [toolResult(member(item, 'call_id'), member(item, 'output'))] }
    case 'reasoning': {
      const texts = [...elementsOf(member(item, 'summary')), ...elementsOf(member(item, 'content'))]
      const content = texts.map((part) => text(member(part, 'text')) ?? '').join('')
      return { role: 'assistant', parts: [{ type: 'reasoning', content }] }
    }
    case 'message':
    case undefined:
      return messageOf(item)
    default:
      return { role: 'assistant', parts: [item as MessagePart] }
  }
}

/** @param input arguments as an object, or as JSON, which is parsed if it is complete */
function toolCall(id: unknown, name: unknown, input: unknown): MessagePart {
  return { type: 'tool_call', id, name, arguments: typeof input === 'string' ? parsed(input) : input }
}

function toolResult(id: unknown, response: unknown): MessagePart {
  return { type: 'tool_call_response', id, response }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
