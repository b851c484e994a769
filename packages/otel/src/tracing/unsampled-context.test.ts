import { propagation, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { NOT_SAMPLED } from '@vr/otel-metrics'
import { describe, expect, it, vi } from 'vitest'
import { TraceIds } from './trace-ids.ts'
import { UnsampledContext } from './unsampled-context.ts'

const ids = new TraceIds()
const begun = () => ({ parent: undefined, drawn: ids.draw() })
const SAMPLED = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: TraceFlags.SAMPLED }

describe('the context of a request that is not sampled', () => {
  it('has ids that can be passed on, the same whenever and wherever they are asked for', () => {
    const trace1 = begun()
    const context = new UnsampledContext(ids, trace1)
    const derived = context.setValue(Symbol('of the application'), 1)
    const spanContext = trace.getSpanContext(context)
    expect(spanContext).toEqual({
      traceId: trace1.drawn.traceId,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      traceFlags: TraceFlags.NONE,
    })
    expect(trace.getSpanContext(context)).toEqual(spanContext)
    expect(trace.getSpanContext(derived)).toEqual(spanContext)
  })

  it('goes on with the trace of its caller', () => {
    const traceState = { serialize: () => 'a=1' } as never
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, traceState }
    const spanContext = trace.getSpanContext(new UnsampledContext(ids, { parent, drawn: undefined }))
    expect(spanContext).toMatchObject({ traceId: 'a'.repeat(32), traceFlags: 0, traceState })
    expect(spanContext?.spanId).toMatch(/^(?!b{16})[0-9a-f]{16}$/)
  })

  it('draws no id that nobody asks for', () => {
    const print = vi.spyOn(ids, 'traceparent')
    const context = new UnsampledContext(ids, begun())
    expect(trace.getSpan(context)?.isRecording()).toBe(false)
    expect(context.getValue(NOT_SAMPLED)).toBe(true)
    expect(print).not.toHaveBeenCalled()
    trace.getSpanContext(context)
    trace.getSpanContext(context)
    expect(print).toHaveBeenCalledOnce()
    print.mockRestore()
  })

  it('has what else was there', () => {
    const key = Symbol('key')
    const context = new UnsampledContext(ids, begun(), ROOT_CONTEXT.setValue(key, 'value'))
    for (const one of [context, context.setValue(Symbol('another'), 1)]) {
      expect(one.getValue(key)).toBe('value')
      expect(one.deleteValue(key).getValue(key)).toBeUndefined()
    }
  })

  it('can be built on: with baggage, without a span, with one that is sampled', () => {
    const context = new UnsampledContext(ids, begun())
    const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
    expect(propagation.getBaggage(propagation.setBaggage(context, baggage))).toBe(baggage)
    expect(trace.getSpan(trace.deleteSpan(context))).toBeUndefined()
    const sampled = trace.setSpanContext(context, SAMPLED)
    expect(trace.getSpanContext(sampled)).toEqual(SAMPLED)
    expect(sampled.getValue(NOT_SAMPLED)).toBeUndefined()
  })
})
