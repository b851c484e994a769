import http from 'node:http'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { GatewayInstruments, KNOWN_METHODS, NOOP_TRACER } from '@vr/otel-instruments'
import { observeNodeHttp } from '@vr/otel-instruments/adapters'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClientTracer } from './client-tracer.ts'
import { GatewayPropagator } from './propagator.ts'
import { port, received, spansOf, tracer, tracerProvider } from './testing/client-calls.ts'
import { RandomIds } from './trace-ids.ts'

const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isRemote: true }
const SAMPLED = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1 })
const UNSAMPLED = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 0 })

let stop: () => void

beforeAll(() => {
  const propagator = new GatewayPropagator({
    ids: new RandomIds(),
    trustsParent: true,
    baggage: undefined,
    baggageKeys: [],
  })
  const client = new ClientTracer({ tracer, propagator, knownMethods: new Set(KNOWN_METHODS) })
  const disable = client.enable(tracerProvider)
  const observation = observeNodeHttp([http], {
    instruments: new GatewayInstruments({ groups: [] }),
    tracer: { ...NOOP_TRACER, startUndiciCall: (...call) => client.startUndiciCall(...call) },
  })
  stop = () => {
    observation.stop()
    disable()
  }
})

afterAll(() => stop())

/** Returns how many spans a call by `fetch` has, and the `traceparent` that the server received. */
async function callIn(active: typeof ROOT_CONTEXT): Promise<unknown[]> {
  const spans = await spansOf(async () => {
    const headers = { traceparent: 'mine' }
    const response = await context.with(active, () => fetch(`http://127.0.0.1:${port}/`, { headers }))
    await response.text()
    await new Promise(setImmediate)
  })
  return [spans.length, received?.['traceparent']]
}

describe('a call by fetch', () => {
  it.each<[string, typeof SAMPLED]>([
    ['a sampled trace', SAMPLED],
    ['an unsampled trace', UNSAMPLED],
    ['no trace', ROOT_CONTEXT],
  ])('has no span and keeps its headers if tracing is suppressed in %s', async (_what, active) => {
    expect(await callIn(suppressTracing(active))).toEqual([0, 'mine'])
  })

  it('has a span and the context of its trace if tracing is not suppressed', async () => {
    expect(await callIn(SAMPLED)).toEqual([1, expect.stringContaining(`00-${ids.traceId}-`)])
    expect(await callIn(UNSAMPLED)).toEqual([0, `00-${ids.traceId}-${ids.spanId}-00`])
  })
})
