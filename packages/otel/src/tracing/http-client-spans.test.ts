import { channel } from 'node:diagnostics_channel'
import http from 'node:http'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import { describe, expect, it } from 'vitest'
import {
  closed,
  finished,
  get,
  observeCalls,
  received,
  recorded,
  spansOf,
  to,
  tracer,
} from './testing/client-calls.ts'

describe('the client span of a call by node:http', () => {
  it.each(['a new connection', 'a reused connection'])(
    'is a child of the active span and the parent in traceparent, and keeps the context of listeners, on %s',
    async (how) => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      if (how === 'a reused connection') await finished(get({ agent }))
      const parent = tracer.startSpan('parent')
      const seen: Record<string, unknown> = {}
      const [span] = await recorded(() =>
        context.with(trace.setSpan(ROOT_CONTEXT, parent), async () => {
          const request = http.get(to({ agent }))
          const note = (event: string) => () => (seen[event] = trace.getActiveSpan() === parent)
          request.on('socket', note('socket')).on('finish', note('finish')).on('close', note('close'))
          request.on('response', (response) => {
            note('response')()
            response.on('data', note('data')).on('end', note('end'))
          })
          await closed(request)
        }),
      )
      const { traceId, spanId } = span?.spanContext() ?? {}
      expect(span?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
      expect(traceId).toBe(parent.spanContext().traceId)
      expect(received?.['traceparent']).toBe(`00-${traceId}-${spanId}-01`)
      expect(seen).toEqual({ socket: true, finish: true, response: true, data: true, end: true, close: true })
      agent.destroy()
    },
  )

  it('does not exist if the trace is not sampled or tracing is suppressed', async () => {
    const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, isRemote: true }
    const unsampled = trace.setSpanContext(ROOT_CONTEXT, ids)
    expect(await recorded(() => context.with(unsampled, () => finished(get())))).toEqual([])
    expect(received?.['traceparent']).toBe(`00-${ids.traceId}-${ids.spanId}-00`)
    for (const base of [ROOT_CONTEXT, unsampled]) {
      expect(await recorded(() => context.with(suppressTracing(base), () => finished(get())))).toEqual([])
      expect(received).not.toHaveProperty('traceparent')
    }
  })

  it.each([
    ['are not measured', []],
    ['are measured', ['http_semconv']],
  ] as const)(
    'needs one listener on the request and one on its response if calls %s',
    async (_when, groups) => {
      const stop = observeCalls({ groups })
      const counts: number[] = []
      const spans = await spansOf(() => {
        const request = get()
        counts.push(request.listenerCount('close'))
        request.on('response', (response) => counts.push(response.listenerCount('close')))
        return finished(request)
      })
      stop()
      expect([spans.length, counts]).toEqual([1, [1, 1]])
    },
  )

  it('leaves no subscribers on the channels when the observation has stopped', async () => {
    const channels = ['created', 'error'].map((name) => channel(`http.client.request.${name}`))
    channels.push(channel('http.client.response.finish'))
    await recorded(() => expect(channels.map((one) => one.hasSubscribers)).toEqual([true, true, true]))
    expect(channels.map((one) => one.hasSubscribers)).toEqual([false, false, false])
  })
})
