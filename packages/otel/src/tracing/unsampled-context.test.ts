import { propagation, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { NOT_SAMPLED } from '@vr/otel-metrics'
import { describe, expect, it, vi } from 'vitest'
import { RandomIds } from './trace-ids.ts'
import { RANDOM_FLAG } from './traceparent.ts'
import { UnsampledContext } from './unsampled-context.ts'

const ids = new RandomIds()
const newTrace = () => ({ parent: undefined, newTraceId: ids.newTraceId() })
const SAMPLED = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: TraceFlags.SAMPLED }

describe('UnsampledContext', () => {
  it('has valid ids that stay the same, also in derived contexts', () => {
    const trace1 = newTrace()
    const context = new UnsampledContext(ids, trace1)
    const derived = context.setValue(Symbol('of the application'), 1)
    const spanContext = trace.getSpanContext(context)
    expect(spanContext).toEqual({
      traceId: trace1.newTraceId.traceId,
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
      traceFlags: RANDOM_FLAG,
    })
    expect(trace.getSpanContext(context)).toEqual(spanContext)
    expect(trace.getSpanContext(derived)).toEqual(spanContext)
  })

  it('continues the trace of its caller', () => {
    const traceState = { serialize: () => 'a=1' } as never
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, traceState }
    const spanContext = trace.getSpanContext(new UnsampledContext(ids, { parent, newTraceId: undefined }))
    expect(spanContext).toMatchObject({ traceId: 'a'.repeat(32), traceFlags: 0, traceState })
    expect(spanContext?.spanId).toMatch(/^(?!b{16})[0-9a-f]{16}$/)
  })

  it('returns a new parent id for each call and keeps the random flag of the caller', () => {
    const parentOf = (traceFlags: number) => ({
      parent: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags },
      newTraceId: undefined,
    })
    for (const [trace1, flags] of [
      [newTrace(), '02'],
      [parentOf(0), '00'],
      [parentOf(2), '02'],
      [parentOf(3), '02'],
    ] as const) {
      const context = new UnsampledContext(ids, trace1)
      const { traceId, spanId } = context.spanContext()
      const sent = [context.newTraceparent(), context.newTraceparent(), context.newTraceparent()]
      for (const header of sent) {
        expect(header).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-${flags}$`))
        expect(header).not.toContain(spanId)
      }
      expect(new Set(sent).size).toBe(3)
    }
  })

  it('generates ids only when they are read', () => {
    const draw = vi.spyOn(ids, 'spanId')
    const context = new UnsampledContext(ids, newTrace())
    expect(trace.getSpan(context)?.isRecording()).toBe(false)
    expect(context.getValue(NOT_SAMPLED)).toBe(true)
    expect(draw).not.toHaveBeenCalled()
    trace.getSpanContext(context)
    trace.getSpanContext(context)
    expect(draw).toHaveBeenCalledOnce()
    draw.mockRestore()
  })

  it('has the values of its base context', () => {
    const key = Symbol('key')
    const context = new UnsampledContext(ids, newTrace(), ROOT_CONTEXT.setValue(key, 'value'))
    for (const one of [context, context.setValue(Symbol('another'), 1)]) {
      expect(one.getValue(key)).toBe('value')
      expect(one.deleteValue(key).getValue(key)).toBeUndefined()
    }
  })

  it('can be extended with baggage, without its span, and with a sampled span', () => {
    const context = new UnsampledContext(ids, newTrace())
    const baggage = propagation.createBaggage({ tenant: { value: 'a' } })
    expect(propagation.getBaggage(propagation.setBaggage(context, baggage))).toBe(baggage)
    expect(trace.getSpan(trace.deleteSpan(context))).toBeUndefined()
    const sampled = trace.setSpanContext(context, SAMPLED)
    expect(trace.getSpanContext(sampled)).toEqual(SAMPLED)
    expect(sampled.getValue(NOT_SAMPLED)).toBeUndefined()
  })
})
