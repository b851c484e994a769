import { type Excerpt, ExcerptReader, member } from './excerpt.ts'
import { FactReporter } from './fact-reporter.ts'
import type { FactSink, ToolCallRequested } from './facts.ts'
import { reportToolResults } from './tool-results.ts'
import { countOf, elementsOf, errorFact, textOf, usageFact } from './values.ts'
import type { WireFormat, WireReader } from './wire-format.ts'

/** Events that carry a whole `response` object. All but the first repeat the output, and `usage` follows it. */
const RESPONSE_EVENTS: ReadonlySet<string> = new Set([
  'response.created',
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.done', // of the Realtime API
])

const LETTER_A = 97

/** The most usual event of a stream without names. */
const UNNAMED_DELTA = '{"type":"response.output_text.delta"'

/** The types of items that are tool calls end with it. */
const CALL = '_call'

/** Sent once for each finished item of the output. */
const ITEM_DONE = 'response.output_item.done'

/**
 * The Responses API of OpenAI and of vLLM. vLLM puts `type` at the end of the data, so that its events are known by their
 * names; it sends no `response.failed`, but an error event; and some gateways send `[DONE]` after the last event.
 */
export const RESPONSES: WireFormat = {
  api: 'responses',
  operation: 'chat',
  endEvents: {
    'response.completed': 'completed',
    'response.incomplete': 'completed',
    'response.failed': 'failed',
    error: 'failed',
  },
  identifies: (type) => type?.startsWith('response.') === true,
  wantsExcerpt: (type) => type === ITEM_DONE || (type !== undefined && RESPONSE_EVENTS.has(type)),
  toolCallMarks: [CALL],
  createReader: (sink) => new ResponsesReader(sink),
  isRequest: (body) =>
    body.has('input') || body.has('previous_response_id') || body.get('prompt', 'id') !== undefined,
  readRequest(body, sink) {
    const reporter = new FactReporter(sink)
    reporter.reportRequest(body)
    if (reporter.wants('tool_offered')) {
      for (const tool of elementsOf(body.get('tools'))) {
        const toolType = textOf(member(tool, 'type'))
        const name = textOf(member(tool, 'name') ?? member(tool, 'server_label'))
        if (toolType !== undefined) reporter.report({ type: 'tool_offered', toolType, name })
      }
    }
    reportToolResults(body, 'input', reporter)
  },
  isResponse: (body) => body.get('object') === 'response',
  readResponse(body, sink) {
    const reporter = new FactReporter(sink)
    reporter.reportResponseId(body.get('id'))
    reportResponse((...path) => body.get(...path), reporter)
    if (reporter.wants('tool_call_requested')) {
      for (const [index, item] of elementsOf(body.get('output')).entries())
        reporter.report(toolCall(item, index))
    }
  },
}

/** Reads the events of one response. */
export class ResponsesReader implements WireReader {
  readonly #reporter: FactReporter
  readonly #reportsId: boolean

  /** @param reportsId whether the id of the response is reported, which a session does itself */
  constructor(sink: FactSink, reportsId = true) {
    this.#reporter = new FactReporter(sink)
    this.#reportsId = reportsId
  }

  /** Of the events that are read, none has a name that ends as those of deltas do, in all APIs. */
  isDelta(name: string, data: string): boolean {
    return name === '' ? data.startsWith(UNNAMED_DELTA) : name.charCodeAt(name.length - 1) === LETTER_A
  }

  read(type: string | undefined, data: string, excerpt: Excerpt | undefined): void {
    if (type === undefined) return
    if (type === ITEM_DONE) this.#readItem(data, excerpt)
    else if (RESPONSE_EVENTS.has(type) && this.#reporter.wantsDescription) {
      const body = ExcerptReader.of(data, excerpt)
      if (this.#reportsId) this.#reporter.reportResponseId(body.get('response', 'id'))
      reportResponse((...path) => body.get('response', ...path), this.#reporter)
    }
  }

  #readItem(data: string, excerpt: Excerpt | undefined): void {
    if (!this.#reporter.wants('tool_call_requested')) return
    if (!mayBeCall(excerpt === undefined ? data : excerpt.head + excerpt.tail)) return
    const body = ExcerptReader.of(data, excerpt)
    const item =
      excerpt?.isWhole === false
        ? Object.fromEntries(ITEM_MEMBERS.map((name) => [name, body.get('item', name)]))
        : body.get('item')
    this.#reporter.report(toolCall(item, body.get('output_index')))
  }
}

/** Whether a text may contain the type of a tool call, also with escaped letters. Most items are messages: they are not parsed. */
function mayBeCall(text: string): boolean {
  return text.includes(CALL) || text.includes('\\u')
}

const ITEM_MEMBERS = ['type', 'name', 'server_label', 'call_id', 'id', 'status', 'error']

/** Reports the facts of a `response` object, given a function that returns its members. */
function reportResponse(get: (...path: string[]) => unknown, reporter: FactReporter): void {
  reporter.reportModelServed(get('model'))
  if (reporter.wants('token_usage')) {
    const usage = get('usage')
    const input = detailsOf(usage, 'input')
    const fact = usageFact({
      inputTokens: countOf(member(usage, 'input_tokens')),
      outputTokens: countOf(member(usage, 'output_tokens')),
      cachedInputTokens: countOf(member(input, 'cached_tokens')),
      cacheWriteInputTokens: countOf(member(input, 'cache_write_tokens')),
      reasoningTokens: countOf(member(detailsOf(usage, 'output'), 'reasoning_tokens')),
    })
    reporter.report(fact)
  }
  if (reporter.wants('generation_finished')) {
    const status = get('status')
    if (status === 'incomplete')
      reporter.reportFinished(
        get('incomplete_details', 'reason') ?? get('status_details', 'reason') ?? status,
      )
    else if (status !== 'in_progress' && status !== 'queued') reporter.reportFinished(status)
  }
  if (reporter.wants('error_reported')) {
    const error = get('error') ?? get('status_details', 'error')
    if (typeof error === 'object' && error !== null) reporter.report(errorFact(error))
  }
}

/** Returns the details of token counts. The Realtime API spells the name of the member differently. */
function detailsOf(usage: unknown, direction: 'input' | 'output'): unknown {
  return member(usage, `${direction}_tokens_details`) ?? member(usage, `${direction}_token_details`)
}

/** Returns the tool call in an item of the output; `undefined` for any other item. */
function toolCall(item: unknown, index: unknown): ToolCallRequested | undefined {
  const toolType = textOf(member(item, 'type'))
  // Other items list the tools of an MCP server, or request the approval of a call.
  if (toolType === undefined || !toolType.endsWith(CALL)) return undefined
  const error = member(item, 'error')
  const failed = member(item, 'status') === 'failed' || (error !== undefined && error !== null)
  return {
    type: 'tool_call_requested',
    toolType,
    name: textOf(member(item, 'name')),
    serverLabel: textOf(member(item, 'server_label')),
    callId: textOf(member(item, 'call_id')) ?? textOf(member(item, 'id')),
    outputIndex: countOf(index),
    failed: failed ? true : undefined,
  }
}
