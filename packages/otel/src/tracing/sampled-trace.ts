import { type Context, type Exception, type Span, SpanStatusCode } from '@opentelemetry/api'
import {
  describeRequestSpan,
  type RequestSpanFacts,
  type RequestTrace,
  type TurnTrace,
} from '@vr/otel-instruments'
import type { StartTurn } from './turn-trace.ts'

/** The trace of a sampled request. Its server span ends with the request. */
export class SampledTrace implements RequestTrace {
  readonly context: Context
  readonly #span: Span
  readonly #startTurn: StartTurn | undefined

  /**
   * @param context has `span`
   * @param startTurn starts the spans of turns; `undefined` if turns have none
   */
  constructor(context: Context, span: Span, startTurn?: StartTurn) {
    this.context = context
    this.#span = span
    this.#startTurn = startTurn
  }

  isRecording(): boolean {
    return this.#span.isRecording()
  }

  /** Sets `error.type` and status as `@opentelemetry/instrumentation-http` does. */
  recordException(error: unknown): void {
    const { name, message } = Object(error) as Partial<Record<'name' | 'message', unknown>>
    this.#span.recordException(error as Exception)
    this.#span.setAttribute('error.type', typeof name === 'string' && name !== '' ? name : '_OTHER')
    this.#span.setStatus({ code: SpanStatusCode.ERROR, ...(typeof message === 'string' && { message }) })
  }

  end(facts: RequestSpanFacts): void {
    try {
      describeRequestSpan(this.#span, facts)
      if (facts.status !== undefined) this.#span.setAttribute('http.response.status_code', facts.status)
    } finally {
      this.#span.end()
    }
  }

  startTurn(): TurnTrace | undefined {
    return this.#startTurn?.(this.context, this.#span.spanContext())
  }
}
