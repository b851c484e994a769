import { type Attributes, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/catalog.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import {
  attachObservation,
  requestObservationOf,
  setRoute,
  setStreamOutcome,
} from './observation-registry.ts'
import { SocketObservation } from './socket-observation.ts'

/** A span that counts its ends; `setAttribute` may throw. */
class TestSpan {
  readonly attributes: Attributes = {}
  name = ''
  ends = 0
  throws = false

  isRecording(): boolean {
    return true
  }

  setAttribute(key: string, value: string): void {
    if (this.throws) throw new Error('in the span')
    this.attributes[key] = value
  }

  setStatus(): void {}

  updateName(name: string): void {
    this.name = name
  }

  end(): void {
    this.ends++
  }
}

function begin(): { provider: RecordingProvider; span: TestSpan; observation: SocketObservation } {
  const provider = new RecordingProvider()
  const groups = ['http', 'sse', 'http_semconv'] as const
  const instruments = new GatewayInstruments({ meterProvider: provider, groups })
  const span = new TestSpan()
  const context = trace.setSpan(ROOT_CONTEXT, span as unknown as Span)
  return { provider, span, observation: new SocketObservation(instruments, 'GET', context) }
}

it('ends the span of the handshake once, with the route and the first answer', () => {
  const { provider, span, observation } = begin()
  const request = {}
  attachObservation(request, observation)
  setRoute(request, '/ws/:id')
  setStreamOutcome(request, 'timeout')
  observation.handshakeAnswered(101)
  setRoute(request, '/other')
  observation.handshakeAnswered(503)
  observation.closed('client_closed')
  expect(requestObservationOf({ req: request })).toBeUndefined()
  expect(span).toMatchObject({ name: 'GET /ws/:id', ends: 1 })
  expect(span.attributes).toEqual({ 'http.route': '/ws/:id', 'http.response.status_code': 101 })
  expect(provider.calls.filter(({ value }) => value !== 0)).toEqual([])
})

it('ends a span that throws, and does not throw itself', () => {
  const { span, observation } = begin()
  span.throws = true
  observation.closed('server_closed')
  expect(span.ends).toBe(1)
})
