import { ROOT_CONTEXT } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import type { RequestSpanFacts } from '../tracing/request-span.ts'
import type { RequestTrace } from '../tracing/request-tracer.ts'
import {
  attachObservation,
  requestObservationOf,
  setRoute,
  setStreamOutcome,
} from './observation-registry.ts'
import { SocketObservation } from './socket-observation.ts'

/** Returns an observation; `ends` receives the facts of each end of its trace. */
function begin(ends: RequestSpanFacts[], error?: Error) {
  const provider = new RecordingProvider()
  const groups = ['http', 'sse', 'http_semconv'] as const
  const instruments = new GatewayInstruments({ meterProvider: provider, groups })
  const trace: RequestTrace = {
    context: ROOT_CONTEXT,
    isRecording: () => true,
    recordException() {},
    startTurn: () => undefined,
    end(facts) {
      ends.push(facts)
      if (error !== undefined) throw error
    },
  }
  return {
    provider,
    observation: new SocketObservation(instruments, {
      method: 'GET',
      isWebSocket: false,
      trace,
      hasTrace: true,
    }),
  }
}

it('ends the trace of the handshake once, with the route and the first answer', () => {
  const ends: RequestSpanFacts[] = []
  const { provider, observation } = begin(ends)
  const request = {}
  attachObservation(request, observation)
  setRoute(request, '/ws/:id')
  setStreamOutcome(request, 'timeout')
  observation.answered(101)
  setRoute(request, '/other')
  observation.answered(503)
  observation.closed('client_closed')
  expect(requestObservationOf({ req: request })).toBeUndefined()
  expect(ends).toEqual([
    {
      method: 'GET',
      route: '/ws/:id',
      status: 101,
      errorType: undefined,
      outcome: undefined,
      stream: undefined,
    },
  ])
  expect(provider.calls.filter(({ value }) => value !== 0)).toEqual([])
})

it('throws nothing if the trace throws', () => {
  const ends: RequestSpanFacts[] = []
  begin(ends, new Error('in the span')).observation.closed('server_closed')
  expect(ends.map(({ errorType }) => errorType)).toEqual(['server_error'])
})
