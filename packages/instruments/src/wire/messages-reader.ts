import { type Excerpt, ExcerptReader, member } from './excerpt.ts'
import { FactReporter } from './fact-reporter.ts'
import type { FactSink, ToolCallRequested } from './facts.ts'
import { reportToolResults } from './tool-results.ts'
import { countOf, elementsOf, textOf, usageFact } from './values.ts'
import type { WireFormat, WireReader } from './wire-format.ts'

/** The Messages API of Anthropic. */
export const MESSAGES: WireFormat = {
  api: 'messages',
  operation: 'chat',
  endEvents: { message_stop: 'completed', error: 'failed' },
  identifies: (type) => type === 'message_start',
  wantsExcerpt: (type) =>
    type === 'message_start' || type === 'content_block_start' || type === 'message_delta',
  toolCallMarks: ['tool_use'],
  createReader: (sink) => new MessagesReader(sink),
  // `messages` are those of chat completions too; these members are not.
  isRequest: (body) =>
    body.has('messages') && body.has('max_tokens') && !hasChatTools(body.get('tools')) && !hasChatRole(body),
  readRequest(body, sink) {
    const reporter = new FactReporter(sink)
    reporter.reportRequest(body)
    if (reporter.wants('tool_offered')) {
      for (const tool of elementsOf(body.get('tools'))) {
        const name = textOf(member(tool, 'name'))
        reporter.report({ type: 'tool_offered', toolType: textOf(member(tool, 'type')) ?? 'custom', name })
      }
    }
    reportToolResults(body, 'messages', reporter)
  },
  isResponse: (body) => body.get('type') === 'message',
  readResponse(body, sink) {
    const reporter = new FactReporter(sink)
    const reader = new MessageFacts(reporter)
    reporter.reportResponseId(body.get('id'))
    reporter.reportModelServed(body.get('model'))
    for (const [index, block] of elementsOf(body.get('content')).entries())
      reporter.report(toolCall(block, index))
    reader.readUsage(body.get('usage'))
    reporter.reportFinished(body.get('stop_reason'))
  },
}

/** A tool of chat completions is described by a member that is named after its type, such as `function`. */
function hasChatTools(tools: unknown): boolean {
  return elementsOf(tools).some((tool) => member(tool, String(member(tool, 'type'))) !== undefined)
}

/** Roles of chat completions that the messages of this API do not have. */
const CHAT_ROLES: ReadonlySet<unknown> = new Set(['system', 'developer', 'tool', 'function'])

function hasChatRole(body: ExcerptReader): boolean {
  return elementsOf(body.get('messages')).some((message) => CHAT_ROLES.has(member(message, 'role')))
}

class MessagesReader implements WireReader {
  readonly #reporter: FactReporter
  readonly #facts: MessageFacts

  constructor(sink: FactSink) {
    this.#reporter = new FactReporter(sink)
    this.#facts = new MessageFacts(this.#reporter)
  }

  isDelta(name: string): boolean {
    return name === 'content_block_delta'
  }

  read(type: string | undefined, data: string, excerpt: Excerpt | undefined): void {
    if (type === undefined || !MESSAGES.wantsExcerpt(type)) return
    const isBlock = type === 'content_block_start'
    if (!isBlock && !this.#reporter.wantsDescription) return
    const body = ExcerptReader.of(data, excerpt)
    if (type === 'message_start') {
      this.#reporter.reportResponseId(body.get('message', 'id'))
      this.#reporter.reportModelServed(body.get('message', 'model'))
      this.#facts.readUsage(body.get('message', 'usage'))
    } else if (type === 'message_delta') {
      this.#facts.readUsage(body.get('usage'))
      this.#reporter.reportFinished(body.get('delta', 'stop_reason'))
    } else if (this.#reporter.wants('tool_call_requested')) {
      const block = Object.fromEntries(BLOCK_MEMBERS.map((name) => [name, body.get('content_block', name)]))
      this.#reporter.report(toolCall(block, body.get('index')))
    }
  }
}

const BLOCK_MEMBERS = ['type', 'id', 'name', 'server_name']

/** Token counts of one message; `message_start` has the input, and each `message_delta` replaces what it repeats. */
class MessageFacts {
  readonly #reporter: FactReporter
  #counts: Readonly<Record<string, number | undefined>> = {}

  constructor(reporter: FactReporter) {
    this.#reporter = reporter
  }

  readUsage(usage: unknown): void {
    if (!this.#reporter.wants('token_usage')) return
    const read = COUNTS.map((name) => [name, countOf(member(usage, name)) ?? this.#counts[name]] as const)
    this.#counts = Object.fromEntries(read)
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = this.#counts
    const fact = usageFact({
      // The API counts cached tokens apart from `input_tokens`.
      inputTokens:
        input_tokens === undefined
          ? undefined
          : input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0),
      outputTokens: output_tokens,
      cachedInputTokens: cache_read_input_tokens,
      cacheWriteInputTokens: cache_creation_input_tokens,
      reasoningTokens: undefined,
    })
    if (usage !== undefined) this.#reporter.report(fact)
  }
}

const COUNTS = [
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
] as const

/** Returns the tool call in a content block: `tool_use`, or one of those that the service executes. */
function toolCall(block: unknown, index: unknown): ToolCallRequested | undefined {
  const toolType = textOf(member(block, 'type'))
  if (toolType === undefined || !toolType.endsWith('tool_use')) return undefined
  return {
    type: 'tool_call_requested',
    toolType,
    name: textOf(member(block, 'name')),
    serverLabel: textOf(member(block, 'server_name')),
    callId: textOf(member(block, 'id')),
    outputIndex: countOf(index),
    failed: undefined,
  }
}
