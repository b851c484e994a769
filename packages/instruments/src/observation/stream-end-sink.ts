import { internalErrors } from '../instruments/internal-errors.ts'
import type { Fact, FactSink, StreamResult, ToolCallRequested } from '../wire/facts.ts'
import type { StreamEvents } from './outcome.ts'

const END: readonly Fact['type'][] = ['end_expected', 'stream_ended']
const WANTS: ReadonlySet<Fact['type']> = new Set(END)
const WANTS_TOOL_CALLS: ReadonlySet<Fact['type']> = new Set([...END, 'tool_call_requested'])

/** Collects from the events of a stream what decides its outcome, and passes on its tool calls. */
export class StreamEndSink implements FactSink, StreamEvents {
  readonly wants: ReadonlySet<Fact['type']>
  readonly #onToolCall: ((fact: ToolCallRequested) => void) | undefined
  hasEndEvent = false
  result: StreamResult | undefined

  /** @param onToolCall called for each tool call; `undefined` if tool calls are not to be read */
  constructor(onToolCall?: (fact: ToolCallRequested) => void) {
    this.wants = onToolCall === undefined ? WANTS : WANTS_TOOL_CALLS
    this.#onToolCall = onToolCall
  }

  onFact(fact: Fact): void {
    if (fact.type === 'end_expected') this.hasEndEvent = true
    else if (fact.type === 'stream_ended') this.result = fact.result
    else if (fact.type === 'tool_call_requested') this.#reportToolCall(fact)
  }

  /** The outcome of the stream must not depend on it. */
  #reportToolCall(fact: ToolCallRequested): void {
    try {
      this.#onToolCall?.(fact)
    } catch (error) {
      internalErrors.report('tool_calls', error)
    }
  }
}
