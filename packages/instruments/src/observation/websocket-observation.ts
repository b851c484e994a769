import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'
import { ABNORMAL_CLOSURE, closeCodeLabel } from '../cardinality/close-code.ts'
import type { Direction } from '../cardinality/direction.ts'
import { UNMATCHED_ROUTE } from '../cardinality/route.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { RequestTrace } from '../tracing/request-tracer.ts'
import type { Excerpt } from '../wire/excerpt.ts'
import type { FrameExtensions } from '../wire/frame-sink.ts'
import type { Extent } from '../wire/message-text.ts'
import { DirectionObservation, type DirectionSink } from './direction-observation.ts'
import { LlmSession, type SessionTools } from './llm-session.ts'
import type { TerminationCause } from './outcome.ts'
import { type CloseFrame, openTurnOutcome, sessionOutcome } from './session-outcome.ts'
import { NO_SESSION, type SessionReader } from './session-reader.ts'

/**
 * Codes by which a library refuses a frame: invalid, not UTF-8, or too big. The application does not receive the message of that
 * frame, which is counted if it is complete.
 */
const REFUSED_FRAME: ReadonlySet<number> = new Set([1002, 1007, 1009])

/**
 * Measures one WebSocket, from its handshake to the end of its connection, from the bytes that are received and sent.
 * A handshake counts as rejected unless it was accepted. Everything is counted once.
 */
export class WebSocketObservation implements DirectionSink {
  readonly #instruments: GatewayInstruments
  readonly #tools: SessionTools
  /** The bytes that the client sends after the handshake. */
  readonly received: DirectionObservation
  /** The bytes that the application sends after the response. */
  readonly sent: DirectionObservation
  #state: 'handshake' | 'open' | 'ended' = 'handshake'
  #route = UNMATCHED_ROUTE
  #context: Context = ROOT_CONTEXT
  /** `undefined` if the clock failed. */
  #acceptedAt: number | undefined
  #firstClose: CloseFrame | undefined
  #isPingUnanswered = false
  #isIdle = false
  #isUnread = false
  #session: SessionReader = NO_SESSION

  /** Begins with the handshake. */
  constructor(instruments: GatewayInstruments, tools: SessionTools) {
    this.#instruments = instruments
    this.#tools = tools
    this.received = new DirectionObservation('received', this)
    this.sent = new DirectionObservation('sent', this)
  }

  /** The context of the turn in progress of an LLM session; `undefined` between turns. */
  get turnContext(): Context | undefined {
    return this.#session.context
  }

  /** Whether the handshake was accepted and the connection has not ended. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /**
   * Called when the application accepts the handshake.
   * @param route value of the label `route`
   * @param trace of the handshake
   */
  accept(route: string, trace: RequestTrace, extensions: FrameExtensions): void {
    if (this.#state !== 'handshake') return
    this.#state = 'open'
    const { context } = trace
    this.#route = route
    this.#context = context
    this.#acceptedAt = this.#readClock()
    const { websocket, vllmWebsocket } = this.#instruments
    websocket.connectionAccepted(route, context)
    vllmWebsocket?.connectionAccepted(context)
    this.#session = new LlmSession({ instruments: this.#instruments, route, trace }, this.#tools)
    const { deferred } = this.#instruments
    const accepted = { context, extensions, deferred, wantsText: this.wantsText }
    this.sent.accept({ ...accepted, series: websocket.messagesOf(route, 'sent') })
    this.received.accept({ ...accepted, series: websocket.messagesOf(route, 'received') })
  }

  /** Called when the handshake is answered otherwise, or its connection closes without an answer. */
  reject(route: string, context: Context): void {
    if (this.#state !== 'handshake') return
    this.#state = 'ended'
    this.#instruments.websocket.connectionRejected(route, context)
  }

  /** Called when the connection was idle for as long as the application allows. */
  idle(): void {
    this.#isIdle = true
  }

  /** Called when bytes have arrived. */
  active(): void {
    this.#isIdle = false
  }

  /** Called when the connection has closed. */
  end(cause: TerminationCause): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#endDirection(this.received)
    this.#endDirection(this.sent)
    const now = this.#readClock()
    const begun = this.#acceptedAt
    const seconds = now === undefined || begun === undefined ? undefined : (now - begun) / 1000
    const close = this.#firstClose
    const outcome = sessionOutcome({
      cause: this.#isIdle && cause === 'server_closed' ? 'timed_out' : cause,
      close,
      isPingUnanswered: this.#isPingUnanswered,
      hasUpstreamFailed: this.#session.hasUpstreamFailed,
    })
    const { websocket, vllmWebsocket } = this.#instruments
    const code = closeCodeLabel(close?.code ?? ABNORMAL_CLOSURE)
    websocket.connectionEnded(this.#route, code, outcome, seconds, this.#context)
    vllmWebsocket?.connectionEnded(seconds, this.#context)
    this.#session.end(openTurnOutcome(outcome, close))
  }

  get wantsText(): boolean {
    return this.#session.wantsText
  }

  extentOf(direction: Direction, beginning: string): Extent {
    return this.#session.extentOf(direction, beginning)
  }

  onText(direction: Direction, message: Excerpt): void {
    this.#session.onText(direction, message)
    if (this.#session.wantsText) return
    this.#session = NO_SESSION // frees the memory of the reader
    this.received.stopText()
    this.sent.stopText()
  }

  onClose(direction: Direction, code: number): void {
    if (direction === 'sent' && REFUSED_FRAME.has(code)) this.onUnread()
    this.#firstClose ??= { code, from: direction === 'received' ? 'client' : 'server' }
  }

  onPing(direction: Direction): void {
    if (direction === 'sent') this.#isPingUnanswered = true
  }

  onPong(direction: Direction): void {
    if (direction === 'received') this.#isPingUnanswered = false
  }

  onUnread(): void {
    if (this.#isUnread) return
    this.#isUnread = true
    this.#instruments.self.webSocketUnread()
  }

  #endDirection(direction: DirectionObservation): void {
    try {
      direction.end()
    } catch (error) {
      internalErrors.report('websocket_record', error)
    }
  }

  #readClock(): number | undefined {
    try {
      return this.#instruments.now()
    } catch (error) {
      internalErrors.report('request_duration', error)
      return undefined
    }
  }
}
