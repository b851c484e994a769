import { type Excerpt, ExcerptReader } from './excerpt.ts'
import { FactReporter } from './fact-reporter.ts'
import type { FactSink, SessionApi, TurnEnded } from './facts.ts'
import type { Extent } from './message-text.ts'
import { RESPONSES, ResponsesReader } from './responses-reader.ts'
import {
  eventTypeOf,
  isClientEvent,
  isObjectAtStart,
  isOutputEvent,
  isServerEvent,
  typeAtStart,
} from './session-events.ts'
import { countOf, errorFact, textOf } from './values.ts'
import type { WireReader } from './wire-format.ts'

/** A WebSocket whose first messages, in both directions, have no known type is no LLM session. */
const MAX_UNKNOWN = 8

/** Tool calls of one response that are distinguished; further ones are reported by one of their two events. */
const MAX_CALLS = 64

/** Codes of errors that end nothing: vLLM sends this one before it closes the connection. */
const WARNINGS: ReadonlySet<string | undefined> = new Set(['connection_expiring'])

/** Events that end a response. The result of `response.done` is its status. */
const RESULTS: ReadonlyMap<string, TurnEnded['result'] | undefined> = new Map([
  ['response.done', undefined],
  ['response.completed', 'completed'],
  ['response.incomplete', 'completed'],
  ['response.failed', 'failed'],
])

/** Events of the client whose members are read. */
const READ_CLIENT_EVENTS: ReadonlySet<string> = new Set([
  'response.create',
  'response.cancel',
  'session.update',
])

/** Events of the server whose members are read, except output. */
const READ_SERVER_EVENTS: ReadonlySet<string> = new Set([
  ...RESULTS.keys(),
  'response.created',
  'session.created',
  'session.updated',
  'error',
])

/**
 * Reads the facts of the text messages of one WebSocket, if they are those of an LLM session: OpenAI's Realtime API, or the
 * Responses API over WebSocket. No method throws, except what the sink throws.
 */
export class LlmSessionReader {
  readonly #sink: FactSink
  readonly #reporter: FactReporter
  #responses: WireReader
  #api: SessionApi | undefined
  #unknown = 0
  /** Ids of tool calls that were reported from their arguments, before their item. */
  readonly #calls = new Set<string>()

  constructor(sink: FactSink) {
    this.#sink = sink
    this.#reporter = new FactReporter(sink)
    this.#responses = new ResponsesReader(sink, false)
  }

  /** Whether the messages are, or may still be, those of an LLM session. Once `false`, it stays `false`. */
  get mayBeSession(): boolean {
    return this.#api !== undefined || this.#unknown < MAX_UNKNOWN
  }

  /** Returns how much of a message of the client has to be read, by its beginning. */
  extentOfReceived(beginning: string): Extent {
    return this.#extentOf(beginning, isClientEvent, (type) => READ_CLIENT_EVENTS.has(type))
  }

  /** Returns how much of a message of the server has to be read, by its beginning. */
  extentOfSent(beginning: string): Extent {
    return this.#extentOf(beginning, isServerEvent, (type) =>
      isOutputEvent(type) && !RESULTS.has(type)
        ? isCallEvent(type) || this.#reporter.wants('turn_output')
        : READ_SERVER_EVENTS.has(type),
    )
  }

  #extentOf(
    beginning: string,
    isKnown: (type: string) => boolean,
    isRead: (type: string) => boolean,
  ): Extent {
    const type = typeAtStart(beginning)
    if (this.#api !== undefined) return type === undefined || isRead(type) ? 'long' : 'nothing'
    if (type === undefined) return isObjectAtStart(beginning) ? 'short' : 'beginning'
    // The first response event identifies the API by a member anywhere.
    return isKnown(type) && (isRead(type) || type.startsWith('response.')) ? 'long' : 'beginning'
  }

  /** Reads a message that the client sent. */
  received(message: Excerpt): void {
    const type = this.#eventOf(message, isClientEvent)
    if (type === undefined) return
    const body = new ExcerptReader(message)
    if (type === 'response.create') {
      // Before the fact of the turn: the model that was requested last applies to it.
      if (this.#api === 'responses') RESPONSES.readRequest(body, this.#sink)
      this.#reporter.report({ type: 'turn_requested', eventId: textOf(body.get('event_id')) })
    } else if (type === 'response.cancel') {
      this.#reporter.report({ type: 'turn_cancel_requested', responseId: textOf(body.get('response_id')) })
    } else if (type === 'session.update') {
      this.#reporter.reportModelRequested(body.get('session', 'model') ?? body.get('model'))
    }
  }

  /** Reads a message that the server sent. */
  sent(message: Excerpt): void {
    const type = this.#eventOf(message, isServerEvent)
    if (type === undefined) return
    if (type === 'response.created') this.#readCreated(message)
    else if (RESULTS.has(type)) this.#readEnd(type, message)
    else if (isOutputEvent(type)) this.#readOutput(type, message)
    else if (type === 'session.created' || type === 'session.updated')
      this.#reporter.reportModelRequested(new ExcerptReader(message).get('session', 'model'))
    else if (type === 'error') this.#readError(message)
  }

  /** Returns the type of an event; `undefined` if the message is not one of an LLM session. */
  #eventOf(message: Excerpt, isKnown: (type: string) => boolean): string | undefined {
    if (!this.mayBeSession) return undefined
    const type = eventTypeOf(message)
    if (this.#api !== undefined) return type
    if (type === undefined || !isKnown(type)) {
      this.#unknown++
      return undefined
    }
    this.#api = apiOf(type, message)
    this.#reporter.report({ type: 'session_recognised', api: this.#api })
    return type
  }

  #readCreated(message: Excerpt): void {
    this.#identify(new ExcerptReader(message).get('response', 'id'))
    this.#reporter.report({ type: 'turn_started' })
    this.#responses = new ResponsesReader(this.#sink, false)
    this.#responses.read('response.created', '', message)
  }

  #readEnd(type: string, message: Excerpt): void {
    const body = new ExcerptReader(message)
    this.#identify(body.get('response', 'id'))
    this.#responses.read(type, '', message)
    this.#calls.clear()
    const result = RESULTS.get(type) ?? resultOf(body.get('response', 'status'))
    this.#reporter.report({ type: 'turn_ended', result })
  }

  /** Most messages are parts of the output: they are not parsed once the sink has the first. */
  #readOutput(type: string, message: Excerpt): void {
    const isItem = type === 'response.output_item.done'
    const isCall = isCallEvent(type)
    if (!isCall && !this.#reporter.wants('turn_output')) return
    const body = new ExcerptReader(message)
    this.#identify(body.get('response_id'))
    this.#reporter.report({ type: 'turn_output' })
    if (!isCall || !this.#reporter.wants('tool_call_requested')) return
    const callId = textOf(isItem ? body.get('item', 'call_id') : body.get('call_id'))
    if (callId !== undefined && this.#calls.delete(callId)) return // its second event
    if (isItem) this.#responses.read(type, '', message)
    else this.#readArguments(body, callId)
  }

  /** Reports a call by the event that ends its arguments: some servers send no event for its item. */
  #readArguments(body: ExcerptReader, callId: string | undefined): void {
    const name = textOf(body.get('name'))
    if (name === undefined || callId === undefined || this.#calls.size >= MAX_CALLS) return
    this.#calls.add(callId)
    const outputIndex = countOf(body.get('output_index'))
    this.#reporter.report({
      type: 'tool_call_requested',
      toolType: 'function_call',
      name,
      serverLabel: undefined,
      callId,
      outputIndex,
      failed: undefined,
    })
  }

  /**
   * Errors of the Responses API end a response if they are numbered as its events, or have a status of 500 or more. Others
   * reject an event of the client, or are warnings.
   */
  #readError(message: Excerpt): void {
    const body = new ExcerptReader(message)
    const error = body.get('error')
    // vLLM sends the code beside a mere text.
    const fact = errorFact(typeof error === 'object' ? error : { code: body.get('code') })
    if (WARNINGS.has(fact.code)) return
    this.#reporter.report(fact)
    this.#reporter.report({
      type: 'event_rejected',
      eventId: textOf(body.get('error', 'event_id')),
      endsResponse: body.has('sequence_number') || Number(body.get('status')) >= 500,
    })
  }

  #identify(responseId: unknown): void {
    this.#reporter.report({ type: 'response_identified', responseId: textOf(responseId) })
  }
}

/** Whether an output event may end a tool call. */
function isCallEvent(type: string): boolean {
  return type === 'response.output_item.done' || type === 'response.function_call_arguments.done'
}

/** Events of the Responses API are numbered, and its `response.create` has the members of a request. */
function apiOf(type: string, message: Excerpt): SessionApi {
  if (!type.startsWith('response.')) return 'realtime'
  const body = new ExcerptReader(message)
  const members =
    type === 'response.create' ? ['model', 'input', 'previous_response_id'] : ['sequence_number']
  return members.some((name) => body.has(name)) ? 'responses' : 'realtime'
}

function resultOf(status: unknown): TurnEnded['result'] {
  return status === 'failed' || status === 'cancelled' ? status : 'completed'
}
