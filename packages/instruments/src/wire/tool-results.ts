import { type ExcerptReader, member } from './excerpt.ts'
import type { FactReporter } from './fact-reporter.ts'
import type { ToolResultSent } from './facts.ts'
import { elementsOf, textOf } from './values.ts'

/**
 * Reports the results of tool calls in the JSON body of a request; of a body that was not kept whole, those in its tail.
 * @param list name of the member that has them: `input` (Responses) or `messages` (chat completions, Messages)
 */
export function reportToolResults(
  body: ExcerptReader,
  list: 'input' | 'messages',
  reporter: FactReporter,
): void {
  if (!reporter.wants('tool_result_sent')) return
  let reported: Set<string> | undefined
  for (const item of body.lastElements(list)) {
    for (const result of list === 'input' ? [item] : [item, ...elementsOf(member(item, 'content'))]) {
      const fact = toolResult(result)
      if (fact === undefined || reported?.has(fact.callId)) continue
      reported ??= new Set()
      reported.add(fact.callId)
      reporter.report(fact)
    }
  }
}

/** Returns the result of a tool call in an item of `input`, a message, or a content block; `undefined` for any other. */
function toolResult(value: unknown): ToolResultSent | undefined {
  const type = member(value, 'type')
  if (type === 'tool_result') return fact(member(value, 'tool_use_id'), member(value, 'is_error') === true)
  if (typeof type === 'string' && type.endsWith('_call_output'))
    // The result of a local shell call has the id of the call as its own.
    return fact(member(value, 'call_id') ?? member(value, 'id'), member(value, 'status') === 'failed')
  if (member(value, 'role') === 'tool') return fact(member(value, 'tool_call_id'), false)
  return undefined
}

function fact(id: unknown, failed: boolean): ToolResultSent | undefined {
  const callId = textOf(id)
  return callId === undefined
    ? undefined
    : { type: 'tool_result_sent', callId, failed: failed ? true : undefined }
}
