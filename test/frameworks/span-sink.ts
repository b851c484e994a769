import { setTimeout } from 'node:timers/promises'
import { type JsonSink, startJsonSink } from '../backends/start/json-sink.ts'

/** `internal`, `server`, `client` as OTLP numbers them. */
const KINDS = ['unspecified', 'internal', 'server', 'client']

/** The compared parts of a span. */
export interface ReceivedSpan {
  readonly scope: string
  readonly kind: string
  readonly name: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
}

interface Body {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string }
      readonly spans: readonly { kind: number; name: string; spanId: string; parentSpanId?: string }[]
    }[]
  }[]
}

/** Receives the spans of an application. */
export class SpanSink {
  readonly #sink: JsonSink

  private constructor(sink: JsonSink) {
    this.#sink = sink
  }

  static async start(): Promise<SpanSink> {
    return new SpanSink(await startJsonSink())
  }

  /** Settings that send all spans here. */
  get env(): NodeJS.ProcessEnv {
    return {
      VR_TRACING_ENABLED: 'true',
      VR_TRACING_SAMPLE_RATIO: '1',
      VR_OPENTELEMETRY_HOST: '127.0.0.1',
      VR_OPENTELEMETRY_PORT: String(this.#sink.port),
      VR_OPENTELEMETRY_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '20',
    }
  }

  /** Waits for `count` server spans, and then until no export arrives for 200 ms; returns all spans. */
  async received(count: number, deadlineMs: number): Promise<readonly ReceivedSpan[]> {
    const deadline = performance.now() + deadlineMs
    let bodies = -1
    for (;;) {
      const spans = this.#spans()
      const servers = spans.filter(({ kind }) => kind === 'server').length
      if (servers >= count && bodies === this.#sink.received.length) return spans
      if (performance.now() > deadline) throw new Error(`${servers} of ${count} server spans have arrived`)
      bodies = this.#sink.received.length
      await setTimeout(200)
    }
  }

  #spans(): ReceivedSpan[] {
    return (this.#sink.received as readonly Body[])
      .flatMap(({ resourceSpans = [] }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ scope, spans }) =>
        spans.map(({ kind, name, spanId, parentSpanId }) => ({
          scope: scope.name,
          kind: KINDS[kind] ?? String(kind),
          name,
          spanId,
          parentSpanId,
        })),
      )
  }
}
