import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createContextManager } from './context-manager.ts'
import { unsampledCalls } from './outgoing.ts'
import { GatewayPropagator } from './propagator.ts'
import { TraceIds } from './trace-ids.ts'
import { UnsampledContext } from './unsampled-context.ts'

beforeAll(() => void context.setGlobalContextManager(createContextManager()))
afterAll(() => context.disable())

const ids = new TraceIds()
const unsampled = new UnsampledContext(ids, { parent: undefined, drawn: ids.draw() })
const sampled = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: 1,
})
const { http } = unsampledCalls(
  new GatewayPropagator({ trustsParent: true, baggage: undefined, baggageKeys: [] }),
)

describe('headers of a call by node:http', () => {
  const OBJECT = { Authorization: 'Bearer k', 'x-a': ['1', '2'] }
  it.each([
    ['an object', OBJECT],
    ['a flat list', ['Authorization', 'Bearer k', 'x-a', '1', 'X-A', '2']],
    [
      'a list of pairs',
      [
        ['Authorization', 'Bearer k'],
        ['x-a', '1'],
        ['x-a', '2'],
      ],
    ],
  ])('stay what they are, given as %s', (_how, headers) => {
    const options = { headers: headers as typeof OBJECT }
    expect(context.with(unsampled, () => http(options))).toBe(true)
    expect(options.headers).toEqual({ ...OBJECT, traceparent: unsampled.traceparent })
    const others = { headers: headers as typeof OBJECT }
    expect(context.with(sampled, () => http(others))).toBe(false)
    expect(others.headers).toEqual(OBJECT)
  })

  it('are none where none are given', () => {
    const options = {}
    expect(context.with(sampled, () => http(options))).toBe(false)
    expect(options).toEqual({})
    expect(context.with(unsampled, () => http(options))).toBe(true)
    expect(options).toEqual({ headers: { traceparent: unsampled.traceparent } })
  })
})
