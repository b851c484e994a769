import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { GatewayInstruments, RequestObservation } from '@vr/otel-instruments'
import { afterAll, beforeAll, expect, it } from 'vitest'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })

beforeAll(() => void trace.setGlobalTracerProvider(provider))
afterAll(() => trace.disable())

/** Ends a request whose gateway has executed a function for 2 seconds, 3 seconds before the end. */
function agentLoop(isSampled: boolean): void {
  let now = 0
  const instruments = new GatewayInstruments({ now: () => now })
  const observation = new RequestObservation(instruments, {
    method: 'POST',
    scheme: 'http',
    protocolVersion: '1.1',
  })
  const span = provider.getTracer('any').startSpan('POST /v1/responses')
  if (isSampled) observation.setContext(trace.setSpan(ROOT_CONTEXT, span))
  const call = { toolType: 'tool_use', name: 'f', serverLabel: undefined, callId: 'a', outputIndex: 0 }
  observation.tools.requestedByEngine(observation, {
    type: 'tool_call_requested',
    ...call,
    failed: undefined,
  })
  observation.tools.engineCallEnded(observation, 1000, 'read')
  observation.tools.resultSent({ type: 'tool_result_sent', callId: 'a', failed: true }, 3000)
  now = 6000
  observation.end('finished', 200, 200)
  span.end()
}

it('an executed tool has a span below that of the request, with the times of its execution', () => {
  const before = Date.now()
  agentLoop(true)
  const [tool, request] = exporter.getFinishedSpans()
  expect(tool).toMatchObject({
    name: 'execute_tool f',
    parentSpanContext: { spanId: request?.spanContext().spanId },
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'f',
      'vr_otel.tool_type': 'function',
      'error.type': 'tool_error',
    },
    status: { code: SpanStatusCode.ERROR },
    duration: [2, 0],
  })
  const [seconds, nanoseconds] = tool?.endTime ?? [0, 0]
  const endedAt = seconds * 1000 + nanoseconds / 1e6
  expect(endedAt).toBeGreaterThanOrEqual(before - 3001)
  expect(endedAt).toBeLessThanOrEqual(Date.now() - 2999)
})

it('a tool of a request without a recording span has none', () => {
  exporter.reset()
  agentLoop(false)
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['POST /v1/responses'])
})
