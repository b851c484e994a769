import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { TurnSpanFacts } from '@vr/otel-instruments'
import { beforeEach, describe, expect, it } from 'vitest'
import { SampledTrace } from './sampled-trace.ts'
import { turnStarter } from './turn-trace.ts'

const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer(
  'any',
)

const FACTS: TurnSpanFacts = {
  operation: 'chat',
  outcome: 'completed',
  error: undefined,
  requestModel: 'gpt-5',
  responseModel: 'gpt-5-2026-01-01',
  responseId: 'resp_1',
  finishReason: 'completed',
  inputTokens: 12,
  outputTokens: 3,
  cachedInputTokens: 0,
  toolCalls: 2,
  secondsToFirstEvent: 0.25,
}

const UNKNOWN: TurnSpanFacts = {
  operation: 'generate_content',
  outcome: 'client_abort',
  error: undefined,
  requestModel: undefined,
  responseModel: undefined,
  responseId: undefined,
  finishReason: undefined,
  inputTokens: undefined,
  outputTokens: undefined,
  cachedInputTokens: undefined,
  toolCalls: 0,
  secondsToFirstEvent: undefined,
}

beforeEach(() => exporter.reset())

function startHandshake(startTurn = turnStarter(tracer)) {
  const span = tracer.startSpan('GET /v1/realtime', { kind: SpanKind.SERVER })
  return { span, sampled: new SampledTrace(trace.setSpan(ROOT_CONTEXT, span), span, startTurn) }
}

function turnWith(facts: TurnSpanFacts) {
  startHandshake().sampled.startTurn()?.end(facts)
  return exporter.getFinishedSpans()[0]
}

describe('the span of a turn', () => {
  it('is a child of the handshake with a link to it, also after the handshake has ended', () => {
    const { span, sampled } = startHandshake()
    span.end()
    const turn = sampled.startTurn()
    turn?.end(FACTS)
    const [, found] = exporter.getFinishedSpans()
    expect(found?.spanContext()).toEqual(trace.getSpanContext(turn?.context ?? ROOT_CONTEXT))
    expect(found?.spanContext().traceId).toBe(span.spanContext().traceId)
    expect(found?.parentSpanContext?.spanId).toBe(span.spanContext().spanId)
    expect(found?.links.map(({ context }) => context)).toEqual([span.spanContext()])
  })

  it('has the attributes of the conventions for generative AI', () => {
    const span = turnWith(FACTS)
    expect([span?.name, span?.kind, span?.status.code]).toEqual([
      'chat gpt-5',
      SpanKind.SERVER,
      SpanStatusCode.UNSET,
    ])
    expect(span?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.response.model': 'gpt-5-2026-01-01',
      'gen_ai.response.id': 'resp_1',
      'gen_ai.response.finish_reasons': ['completed'],
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.usage.cache_read.input_tokens': 0,
      'vr_otel.turn.outcome': 'completed',
      'vr_otel.turn.time_to_first_event': 0.25,
      'vr_otel.turn.tool_calls': 2,
    })
  })

  it('has neither unknown attributes nor the status of an error if the client aborted the turn', () => {
    const span = turnWith(UNKNOWN)
    expect([span?.name, span?.status.code]).toEqual(['generate_content', SpanStatusCode.UNSET])
    expect(span?.attributes).toEqual({
      'gen_ai.operation.name': 'generate_content',
      'vr_otel.turn.outcome': 'client_abort',
      'vr_otel.turn.tool_calls': 0,
      'error.type': 'client_abort',
    })
  })

  it.each([
    [undefined, 'upstream_error'],
    ['rate_limit_exceeded', 'rate_limit_exceeded'],
  ])('has the status of an error if the turn failed, with the error %s', (error, errorType) => {
    const span = turnWith({ ...FACTS, outcome: 'upstream_error', error })
    expect(span?.status.code).toBe(SpanStatusCode.ERROR)
    expect(span?.attributes['error.type']).toBe(errorType)
  })

  it('ends if describing it throws', () => {
    const { sampled } = startHandshake()
    const turn = sampled.startTurn()
    const span = trace.getSpan(turn?.context ?? ROOT_CONTEXT)
    Object.assign(span ?? {}, {
      updateName() {
        throw new Error('in the span')
      },
    })
    expect(() => turn?.end(FACTS)).toThrow('in the span')
    expect(exporter.getFinishedSpans()).toHaveLength(1)
  })

  it('is not started if spans of turns are disabled', () => {
    const span = tracer.startSpan('GET /v1/realtime')
    expect(new SampledTrace(ROOT_CONTEXT, span).startTurn()).toBeUndefined()
  })
})
