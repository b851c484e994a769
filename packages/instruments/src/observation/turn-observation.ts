import type { Context } from '@opentelemetry/api'
import type { StreamOutcome } from '../cardinality/outcome.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { RequestTrace, TurnTrace } from '../tracing/request-tracer.ts'
import type { TurnSpanFacts } from '../tracing/turn-span.ts'
import type { ErrorReported, SessionApi, TokenUsage } from '../wire/facts.ts'

/** The session that a turn belongs to. */
export interface TurnOrigin {
  readonly instruments: GatewayInstruments
  /** Value of the label `route`. */
  readonly route: string
  /** Trace of the handshake. */
  readonly trace: RequestTrace
}

/** Observes one turn of an LLM session, from its beginning to the end of its response or of the session. No method throws. */
export class TurnObservation {
  readonly #origin: TurnOrigin
  /** Id of the client's event; `undefined` if it has none, or the server started the turn. */
  readonly eventId: string | undefined
  /** The context of the turn: that of its span, or of the handshake if it has none. */
  readonly context: Context
  readonly #trace: TurnTrace | undefined
  /** `undefined` if the clock failed. */
  readonly #startedAt: number | undefined
  /** The model that the client requested. */
  readonly #requestModel: string | undefined
  #isStarted = false
  #responseId: string | undefined
  #secondsToFirstEvent: number | undefined
  /** Whether the server has not sent output yet. */
  awaitsOutput = true
  /** Whether the client has requested to cancel the turn. */
  isCancelRequested = false
  /** The model that serves the response. */
  responseModel: string | undefined
  finishReason: string | undefined
  usage: TokenUsage | undefined
  error: ErrorReported | undefined
  toolCalls = 0

  constructor(origin: TurnOrigin, requestModel: string | undefined, eventId?: string) {
    this.#origin = origin
    this.#requestModel = requestModel
    this.eventId = eventId
    this.#startedAt = this.#readClock()
    this.#trace = startTrace(origin.trace)
    this.context = this.#trace?.context ?? origin.trace.context
  }

  /** Whether the server has started the response. */
  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Id of the response; `undefined` if the server has not started it or gave no id. */
  get responseId(): string | undefined {
    return this.#responseId
  }

  /** Called when the server has started the response. */
  started(responseId: string | undefined): void {
    this.#isStarted = true
    this.#responseId = responseId
  }

  /** Called for output of the response; only the first call has an effect. */
  outputSent(): void {
    if (!this.awaitsOutput) return
    this.awaitsOutput = false
    const now = this.#readClock()
    if (now === undefined || this.#startedAt === undefined) return
    this.#secondsToFirstEvent = (now - this.#startedAt) / 1000
    const { instruments, route } = this.#origin
    instruments.websocket.turns.firstOutputSent(route, this.#secondsToFirstEvent, this.context)
  }

  /** Called once, when the turn has ended. */
  end(outcome: StreamOutcome, api: SessionApi): void {
    const { instruments, route } = this.#origin
    instruments.websocket.turns.turnEnded(route, outcome, this.context)
    try {
      this.#trace?.end(this.#facts(outcome, api))
    } catch (error) {
      internalErrors.report('websocket_turn', error)
    }
  }

  #facts(outcome: StreamOutcome, api: SessionApi): TurnSpanFacts {
    return {
      operation: api === 'responses' ? 'chat' : 'generate_content',
      outcome,
      error: this.error?.code ?? this.error?.errorType,
      requestModel: this.#requestModel,
      responseModel: this.responseModel,
      responseId: this.#responseId,
      finishReason: this.finishReason,
      inputTokens: this.usage?.inputTokens,
      outputTokens: this.usage?.outputTokens,
      cachedInputTokens: this.usage?.cachedInputTokens,
      toolCalls: this.toolCalls,
      secondsToFirstEvent: this.#secondsToFirstEvent,
    }
  }

  #readClock(): number | undefined {
    try {
      return this.#origin.instruments.now()
    } catch (error) {
      internalErrors.report('websocket_turn', error)
      return undefined
    }
  }
}

function startTrace(handshake: RequestTrace): TurnTrace | undefined {
  try {
    return handshake.startTurn()
  } catch (error) {
    internalErrors.report('websocket_turn', error)
    return undefined
  }
}
