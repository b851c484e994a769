import { type Context, type Span, type SpanContext, SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { describeTurnSpan, type TurnSpanFacts, type TurnTrace } from '@vr/otel-instruments'

/**
 * Starts the span of a turn.
 * @param handshake the context of the handshake
 * @param link the span of the handshake
 */
export type StartTurn = (handshake: Context, link: SpanContext) => TurnTrace

/**
 * Returns what starts the spans of turns. A turn is a child of its handshake, so that it belongs to the same trace, and has a
 * link to it, because the handshake has ended before the turn begins. Its kind is `SERVER`: the gateway handles a request of
 * its client.
 */
export function turnStarter(tracer: Tracer): StartTurn {
  return (handshake, link) => {
    const span = tracer.startSpan('turn', { kind: SpanKind.SERVER, links: [{ context: link }] }, handshake)
    return new SampledTurn(trace.setSpan(handshake, span), span)
  }
}

class SampledTurn implements TurnTrace {
  readonly context: Context
  readonly #span: Span

  constructor(context: Context, span: Span) {
    this.context = context
    this.#span = span
  }

  end(facts: TurnSpanFacts): void {
    try {
      describeTurnSpan(this.#span, facts)
    } finally {
      this.#span.end()
    }
  }
}
