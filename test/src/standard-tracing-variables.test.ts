import { describe, expect, it } from 'vitest'
import { fetchAnswer, hasTrace, startTraced, waitForSpans } from './traced-app.ts'

const TRACE = 'a'.repeat(32)
const CALLER = {
  traceparent: `00-${TRACE}-${'b'.repeat(16)}-01`,
  tracestate: 'vendor=1',
  baggage: 'tenant=a,secret=b',
}

describe('OTEL_PROPAGATORS', () => {
  it.each([
    ['tracecontext', {}, { isContinued: true, baggage: undefined }],
    ['tracecontext,baggage', {}, { isContinued: true, baggage: 'tenant=a,secret=b' }],
    ['tracecontext,baggage', { VR_TRACING_BAGGAGE: 'tenant' }, { isContinued: true, baggage: 'tenant=a' }],
    ['baggage', {}, { isContinued: false, baggage: 'tenant=a,secret=b' }],
    ['none', {}, { isContinued: false, baggage: undefined }],
  ])('%s with %j: %j, whether sampled or not', async (propagators, env, { isContinued, baggage }) => {
    for (const ratio of ['0', '1']) {
      const app = startTraced({ OTEL_PROPAGATORS: propagators, VR_TRACING_SAMPLE_RATIO: ratio, ...env })
      const url = await app.url()
      for (const how of ['fetch', 'http']) {
        const { own, upstream } = await fetchAnswer(`${url}/${how}/1`, CALLER)
        expect(own.traceId === TRACE).toBe(isContinued)
        expect(own.traceFlags & 1).toBe(isContinued ? 1 : Number(ratio)) // otherwise the ratio decides
        expect(upstream['traceparent']?.slice(3, 35)).toBe(isContinued ? TRACE : undefined)
        expect([upstream['tracestate'], upstream['baggage']]).toEqual([
          isContinued ? 'vendor=1' : undefined,
          baggage,
        ])
      }
      await app.kill()
      expect(app.stderr.split('\n')).toHaveLength(2) // the start line and the end of it
    }
  })

  it('reports an unsupported propagator and uses W3C Trace Context', async () => {
    const app = startTraced({ OTEL_PROPAGATORS: 'b3' })
    const { upstream } = await fetchAnswer(`${await app.url()}/fetch/1`, CALLER)
    expect(upstream['traceparent']?.slice(3, 35)).toBe(TRACE)
    expect(app.stderr).toMatch(/OTEL_PROPAGATORS: got "b3", expected tracecontext or baggage.* not supported/)
    await app.kill()
  })
})

describe('OTEL_TRACES_EXPORTER', () => {
  it('none exports no spans, with ids, propagation and exemplars as usual', async () => {
    const app = startTraced({ OTEL_TRACES_EXPORTER: 'none' })
    const url = await app.url()
    const { own, upstream } = await fetchAnswer(`${url}/fetch/1`)
    expect(own.traceFlags & 1).toBe(1)
    expect(upstream['traceparent']?.slice(3, 35)).toBe(own.traceId)
    const accept = 'application/openmetrics-text; version=1.0.0'
    const scraped = await (await fetch(`${url}/metrics`, { headers: { accept } })).text()
    expect(scraped).toContain(`trace_id="${own.traceId}"`)
    expect(scraped).not.toContain('signal="traces"')
    await app.kill() // flushes
    expect(await hasTrace(own.traceId)).toBe(false)
    expect(app.stderr).toMatch(
      /; traces are not sent \(OTEL_TRACES_EXPORTER\), 100 % of new traces sampled\n$/,
    )
  })

  it('otlp exports spans, as the default', async () => {
    const app = startTraced({ OTEL_TRACES_EXPORTER: 'otlp' })
    const { own } = await fetchAnswer(`${await app.url()}/fetch/1`)
    expect(await waitForSpans(own.traceId, 2)).toHaveLength(2)
    await app.kill()
  })

  it('reports an unsupported exporter and exports spans as OTLP', async () => {
    const app = startTraced({ OTEL_TRACES_EXPORTER: 'zipkin' })
    const { own } = await fetchAnswer(`${await app.url()}/fetch/1`)
    expect(await waitForSpans(own.traceId, 2)).toHaveLength(2)
    expect(app.stderr).toMatch(
      /OTEL_TRACES_EXPORTER: got "zipkin", expected otlp.* not supported, using otlp/,
    )
    await app.kill()
  })
})
