import { member } from '../../wire/excerpt.ts'
import { elementsOf } from '../../wire/values.ts'
import { type Message, messageOf, messageOfItem, partsOf, text } from './message-parts.ts'

/** Returns the output messages in the JSON body of a response of any API. */
export function outputMessages(body: unknown): readonly Message[] {
  const choices = elementsOf(member(body, 'choices'))
  if (choices.length > 0) return choices.map(messageOfChoice)
  const items = elementsOf(member(body, 'output'))
  if (items.length > 0) return outputOfItems(items, member(body, 'status'))
  if (member(body, 'content') === undefined) return []
  return [withReason(messageOf(body), member(body, 'stop_reason'))]
}

/** Returns a choice of the chat completions API or of the completions API. */
function messageOfChoice(choice: unknown): Message {
  const message = member(choice, 'message')
  const reason = member(choice, 'finish_reason')
  if (message !== undefined) return withReason(messageOf(message), reason)
  return withReason({ role: 'assistant', parts: partsOf(member(choice, 'text')) }, reason)
}

/** Returns the output items of the Responses API as one message, as the conventions want for one generation. */
function outputOfItems(items: readonly unknown[], status: unknown): readonly Message[] {
  const parts = items.flatMap((item) => messageOfItem(item).parts)
  return [withReason({ role: 'assistant', parts }, status)]
}

function withReason(message: Message, reason: unknown): Message {
  const finish_reason = text(reason)
  return finish_reason === undefined ? message : { ...message, finish_reason }
}

/** Returns the output messages in the events of a stream of any API, as far as it was received. */
export function outputMessagesOfStream(stream: string): readonly Message[] {
  const output = new StreamOutput()
  for (const block of stream.split(/\r\n\r\n|\n\n|\r\r/)) output.read(dataOf(block))
  return outputMessages(output.body())
}

/** Returns the data of an event; `undefined` if it is no JSON. */
function dataOf(block: string): unknown {
  const lines = block.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'))
  try {
    return JSON.parse(lines.map((line) => line.slice(5)).join('\n'))
  } catch {
    return undefined
  }
}

interface Choice {
  content: string
  readonly calls: { id: unknown; function: { name: unknown; arguments: string } }[]
  reason: unknown
}

interface Block {
  readonly start: Readonly<Record<string, unknown>>
  delta: string
}

/** Most choices, blocks and calls of one stream. */
const MAX_INDEX = 1_000

/** Joins the events of a stream to the body that the same API answers with when it does not stream. */
class StreamOutput {
  readonly #choices: Choice[] = []
  readonly #blocks: Block[] = []
  readonly #items: unknown[] = []
  #response: unknown
  #stopReason: unknown

  read(event: unknown): void {
    const type = text(member(event, 'type'))
    if (type === 'response.output_item.done') this.#items.push(member(event, 'item'))
    else if (type?.startsWith('response.') && member(event, 'response') !== undefined)
      this.#response = member(event, 'response')
    else if (type === 'content_block_start') this.#startBlock(event)
    else if (type === 'content_block_delta') this.#extendBlock(event)
    else if (type === 'message_delta') this.#stopReason = member(member(event, 'delta'), 'stop_reason')
    else for (const choice of elementsOf(member(event, 'choices'))) this.#extendChoice(choice)
  }

  body(): unknown {
    if (this.#choices.length > 0) return { choices: this.#choices.filter(Boolean).map(bodyOfChoice) }
    if (this.#blocks.length > 0)
      return {
        role: 'assistant',
        content: this.#blocks.filter(Boolean).map(partOfBlock),
        stop_reason: this.#stopReason,
      }
    const items = elementsOf(member(this.#response, 'output'))
    return { output: items.length > 0 ? items : this.#items, status: member(this.#response, 'status') }
  }

  #startBlock(event: unknown): void {
    const start = member(event, 'content_block')
    const index = indexOf(event)
    if (index !== undefined && typeof start === 'object' && start !== null)
      this.#blocks[index] = { start: start as Block['start'], delta: '' }
  }

  #extendBlock(event: unknown): void {
    const block = this.#blocks[indexOf(event) ?? -1]
    const delta = member(event, 'delta')
    const part = member(delta, 'text') ?? member(delta, 'partial_json') ?? member(delta, 'thinking')
    if (block !== undefined) block.delta += text(part) ?? ''
  }

  #extendChoice(change: unknown): void {
    const index = indexOf(change)
    if (index === undefined) return
    this.#choices[index] ??= { content: '', calls: [], reason: undefined }
    const choice = this.#choices[index]
    const delta = member(change, 'delta')
    choice.content += text(member(delta, 'content')) ?? text(member(change, 'text')) ?? ''
    choice.reason = member(change, 'finish_reason') ?? choice.reason
    for (const call of elementsOf(member(delta, 'tool_calls'))) extendCall(choice, call)
  }
}

function extendCall({ calls }: Choice, change: unknown): void {
  const index = indexOf(change)
  if (index === undefined) return
  const called = member(change, 'function')
  calls[index] ??= { id: undefined, function: { name: undefined, arguments: '' } }
  const call = calls[index]
  call.id ??= member(change, 'id')
  call.function.name ??= member(called, 'name')
  call.function.arguments += text(member(called, 'arguments')) ?? ''
}

function bodyOfChoice({ content, calls, reason }: Choice): unknown {
  return { message: { role: 'assistant', content, tool_calls: calls.filter(Boolean) }, finish_reason: reason }
}

function partOfBlock({ start, delta }: Block): unknown {
  const { type } = start
  if (delta === '') return start
  if (type === 'tool_use') return { ...start, input: delta }
  return { ...start, [type === 'thinking' ? 'thinking' : 'text']: delta }
}

function indexOf(value: unknown): number | undefined {
  const index = member(value, 'index') ?? 0
  return Number.isInteger(index) && (index as number) >= 0 && (index as number) < MAX_INDEX
    ? (index as number)
    : undefined
}
