import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logTraceIds } from './log-correlation.ts'

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(() => context.disable())

describe('logTraceIds', () => {
  it.each([
    [0, '00'],
    [1, '01'],
    [2, '00'],
    [3, '01'],
  ])('returns for the trace flags %d only whether the trace is sampled: %s', (traceFlags, shown) => {
    const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags }
    const ids = context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), logTraceIds)
    expect(ids).toEqual({ trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16), trace_flags: shown })
  })

  it('returns no fields outside of a trace', () => {
    expect(logTraceIds()).toEqual({})
  })
})
