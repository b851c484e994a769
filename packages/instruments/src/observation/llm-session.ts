import type { Context } from '@opentelemetry/api'
import type { Direction } from '../cardinality/direction.ts'
import type { StreamOutcome } from '../cardinality/outcome.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { Excerpt } from '../wire/excerpt.ts'
import type {
  EventRejected,
  Fact,
  FactSink,
  SessionApi,
  ToolCallRequested,
  TurnEnded,
} from '../wire/facts.ts'
import type { Extent } from '../wire/message-text.ts'
import { LlmSessionReader } from '../wire/session-reader.ts'
import type { SessionReader } from './session-reader.ts'
import { TurnObservation, type TurnOrigin } from './turn-observation.ts'

/** Turns of one session that are observed at the same time; the client could request any number. */
const MAX_OPEN_TURNS = 16

/** Outcome of a turn, by what its last event announces. */
const OUTCOMES = {
  completed: 'completed',
  cancelled: 'client_abort',
  failed: 'upstream_error',
} as const satisfies Record<TurnEnded['result'], StreamOutcome>

/** Accounts for the tool calls of a session. */
export interface SessionTools {
  /** Called once, before the other methods. */
  sessionRecognised(): void
  /** Called for each tool call that the server shows. */
  callShown(fact: ToolCallRequested): void
  /**
   * Called when a turn has ended and no other is open.
   * @param context the context of the turn, for exemplars
   */
  turnsEnded(context: Context): void
}

/**
 * Observes the turns of one WebSocket, if it is an LLM session.
 *
 * A turn begins when the client requests a response, or when the server starts one that was not requested. A response that
 * the server starts belongs to the oldest request without one. No method throws.
 */
export class LlmSession implements SessionReader, FactSink {
  readonly #origin: TurnOrigin
  readonly #tools: SessionTools
  readonly #reader = new LlmSessionReader(this)
  readonly #wants = new Set<Fact['type']>(WANTS)
  /** In the order in which they began. */
  readonly #turns: TurnObservation[] = []
  #api: SessionApi = 'realtime'
  #requestModel: string | undefined
  /** Id of the response that the facts belong to. */
  #responseId: string | undefined
  /** The turn that the facts belong to. */
  #current: TurnObservation | undefined
  #error: TurnObservation['error']
  /** Whether the turn that ended last failed. */
  #hasUpstreamFailed = false

  constructor(origin: TurnOrigin, tools: SessionTools) {
    this.#origin = origin
    this.#tools = tools
  }

  get wantsText(): boolean {
    return this.#reader.mayBeSession
  }

  /** Includes `turn_output` only while a turn awaits its first output. */
  get wants(): ReadonlySet<Fact['type']> {
    return this.#wants
  }

  get hasUpstreamFailed(): boolean {
    return this.#hasUpstreamFailed && this.#turns.length === 0
  }

  /** The context of the turn that began last and has not ended; `undefined` between turns. */
  get context(): Context | undefined {
    return this.#turns.at(-1)?.context
  }

  extentOf(direction: Direction, beginning: string): Extent {
    return direction === 'received'
      ? this.#reader.extentOfReceived(beginning)
      : this.#reader.extentOfSent(beginning)
  }

  onText(direction: Direction, message: Excerpt): void {
    try {
      if (direction === 'received') this.#reader.received(message)
      else this.#reader.sent(message)
    } catch (error) {
      internalErrors.report('websocket_turn', error)
    }
  }

  /** Ends the open turns. Those that the client has requested to cancel are aborted by the client. */
  end(openTurnOutcome: StreamOutcome): void {
    for (const turn of [...this.#turns])
      this.#end(turn, turn.isCancelRequested ? 'client_abort' : openTurnOutcome)
  }

  onFact(fact: Fact): void {
    switch (fact.type) {
      case 'session_recognised':
        this.#api = fact.api
        this.#tools.sessionRecognised()
        break
      case 'model_requested':
        this.#requestModel = fact.model
        break
      case 'turn_requested':
        this.#begin(fact.eventId)
        break
      case 'turn_cancel_requested':
        this.#cancel(fact.responseId)
        break
      case 'response_identified':
        this.#error = undefined
        this.#responseId = fact.responseId
        this.#current = this.#find(fact.responseId)
        break
      case 'turn_started':
        this.#current = this.#turns.find(({ isStarted }) => !isStarted) ?? this.#begin(undefined)
        this.#current?.started(this.#responseId)
        break
      case 'turn_output':
        this.#current?.outputSent()
        this.#updateWants()
        break
      case 'turn_ended':
        if (this.#current !== undefined) this.#end(this.#current, OUTCOMES[fact.result])
        break
      case 'error_reported':
        this.#error = fact
        break
      case 'event_rejected':
        this.#reject(fact)
        break
      case 'tool_call_requested':
        if (this.#current !== undefined) this.#current.toolCalls++
        this.#tools.callShown(fact)
        break
      default:
        this.#describe(fact)
    }
  }

  #describe(fact: Fact): void {
    const turn = this.#current
    if (turn === undefined) return
    if (fact.type === 'model_served') turn.responseModel = fact.model
    else if (fact.type === 'token_usage') turn.usage = fact
    else if (fact.type === 'generation_finished') turn.finishReason = fact.reason
  }

  #begin(eventId: string | undefined): TurnObservation | undefined {
    if (this.#turns.length >= MAX_OPEN_TURNS) return undefined
    const turn = new TurnObservation(this.#origin, this.#requestModel, eventId)
    this.#turns.push(turn)
    this.#updateWants()
    return turn
  }

  /** An event without an id belongs to the response that was started first. */
  #find(responseId: string | undefined): TurnObservation | undefined {
    return this.#turns.find(
      (turn) => turn.isStarted && (responseId === undefined || turn.responseId === responseId),
    )
  }

  #cancel(responseId: string | undefined): void {
    const turn = responseId === undefined ? this.#turns.at(-1) : this.#find(responseId)
    if (turn !== undefined) turn.isCancelRequested = true
  }

  /** Ends the turn whose request was answered with an error: the turn that the error names, else the oldest without a response. */
  #reject({ eventId, endsResponse }: EventRejected): void {
    const turns = this.#turns
    const inProgress = endsResponse ? turns.find(({ isStarted }) => isStarted) : undefined
    const turn =
      eventId === undefined
        ? (inProgress ?? turns.find(({ isStarted }) => !isStarted))
        : turns.find((open) => open.eventId === eventId)
    if (turn !== undefined) this.#end(turn, 'upstream_error')
    this.#error = undefined
  }

  #end(turn: TurnObservation, outcome: StreamOutcome): void {
    this.#turns.splice(this.#turns.indexOf(turn), 1)
    if (outcome === 'upstream_error') turn.error = this.#error
    this.#error = undefined
    this.#current = undefined
    this.#hasUpstreamFailed = outcome === 'upstream_error'
    this.#updateWants()
    if (this.#turns.length === 0) this.#tools.turnsEnded(turn.context)
    turn.end(outcome, this.#api)
  }

  #updateWants(): void {
    if (this.#turns.some(({ awaitsOutput }) => awaitsOutput)) this.#wants.add('turn_output')
    else this.#wants.delete('turn_output')
  }
}

const WANTS: readonly Fact['type'][] = [
  'session_recognised',
  'model_requested',
  'model_served',
  'token_usage',
  'generation_finished',
  'tool_call_requested',
  'error_reported',
  'turn_requested',
  'turn_cancel_requested',
  'response_identified',
  'turn_started',
  'turn_ended',
  'event_rejected',
]
