import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { methodLabel } from '../cardinality/method.ts'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import { type Ending, type StreamOutcome, streamOutcome } from './outcome.ts'

/** Of the semantic conventions; their package is a megabyte of names to load for this one. */
const ATTR_HTTP_ROUTE = 'http.route'

/**
 * The life of one HTTP request, from its arrival to its one end. An adapter tells it what it sees; it decides
 * what counts and when, and it counts each thing once, whatever the adapter repeats.
 *
 * A request is in flight until its answer ends or becomes a stream (`text/event-stream`); it is counted at that
 * moment. A stream is in flight from its headers to its end.
 */
export class RequestObservation {
  readonly #instruments: GatewayInstruments
  readonly #method: string
  readonly #arrivedAt: number
  #phase: 'handling' | 'streaming' | 'ended' = 'handling'
  #context: Context = ROOT_CONTEXT
  #template: string | undefined
  #said: StreamOutcome | undefined

  /** Begins the observation of a request that has just arrived. */
  constructor(instruments: GatewayInstruments, method: string | undefined) {
    this.#instruments = instruments
    this.#method = methodLabel(method)
    this.#arrivedAt = instruments.now()
    instruments.http.arrived()
  }

  /** The context that the application handles the request in: exemplars name its span. */
  enter(context: Context): void {
    this.#context = context
  }

  /** The route template that matched, in the framework's own spelling; the last one told counts. */
  setRoute(template: string | undefined): void {
    this.#template = template
  }

  /** The application's own word on how its stream ends; it wins over what the connection shows. */
  setOutcome(outcome: StreamOutcome): void {
    this.#said = outcome
  }

  /** The headers of the answer go out. */
  headersSent(status: number, isEventStream: boolean): void {
    if (this.#phase !== 'handling' || !isEventStream) return
    this.#phase = 'streaming'
    this.#instruments.http.left()
    this.#instruments.sse.opened()
    this.#count(status)
  }

  /**
   * The answer ended.
   * @param status the code that was sent, or that stands for the lack of one
   */
  end(ending: Ending, status: number): void {
    if (this.#phase === 'ended') return
    const wasStreaming = this.#phase === 'streaming'
    this.#phase = 'ended'
    if (wasStreaming) this.#endStream(ending)
    else {
      this.#instruments.http.left()
      this.#count(status)
    }
    this.#nameSpan()
  }

  #endStream(ending: Ending): void {
    const outcome = streamOutcome(ending, this.#said)
    this.#instruments.sse.ended(this.#route(), outcome, this.#seconds(), this.#context)
  }

  #count(status: number): void {
    this.#instruments.http.counted(this.#method, this.#route(), status, this.#seconds(), this.#context)
  }

  /** Span name `{method} {http.route}`, by the HTTP semantic conventions. */
  #nameSpan(): void {
    if (this.#template === undefined) return
    const span = trace.getSpan(this.#context)
    if (span === undefined || !span.isRecording()) return
    span.setAttribute(ATTR_HTTP_ROUTE, this.#template)
    span.updateName(`${this.#method} ${this.#template}`)
  }

  #route(): string {
    return this.#instruments.routes.label(this.#template)
  }

  #seconds(): number {
    return (this.#instruments.now() - this.#arrivedAt) / 1000
  }
}
