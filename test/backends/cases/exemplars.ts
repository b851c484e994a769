/** Exemplars in Prometheus and the traces that they refer to. */
import assert from 'node:assert/strict'
import type { PrometheusName } from '../stage.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'
import { scraped } from './scrapes.ts'
import { exemplarsOf } from './traces.ts'

/** Returns the cases for one Prometheus, with Jaeger. */
export function exemplarCases(name: PrometheusName, title: string): Case[] {
  const needs = [name, 'jaeger'] as const
  return [
    {
      name: `${title}: stores the exemplars that the gateway exposes`,
      needs,
      run: async (stage) => {
        const { prometheus, samples } = await scraped(stage, name)
        const exposed = exemplarsOf(samples)
        assert.ok(exposed.length >= 10, `only ${exposed.length} exemplars`)
        await waitFor('agreement', async () => {
          const stored = new Set(
            (await prometheus.exemplars(EVERY_SERIES)).map(({ labels }) => keyOf(labels)),
          )
          const missing = exposed.filter(({ traceId, spanId }) => !stored.has(`${traceId} ${spanId}`))
          if (missing[0] !== undefined) throw new Error(`the exemplar of ${missing[0].series} is not stored`)
          return true
        })
      },
    },
    {
      name: `${title}: stores exemplars whose spans are all in Jaeger`,
      needs,
      run: async (stage) => {
        const { prometheus } = await scraped(stage, name)
        const jaeger = await stage.traceStore('jaeger')
        const stored = await prometheus.exemplars(EVERY_SERIES)
        assert.ok(stored.length >= 10, `only ${stored.length} exemplars`)
        for (const { labels } of stored) {
          await waitFor(`span ${keyOf(labels)}`, async () =>
            (await jaeger.trace(labels['trace_id'] ?? '')).find(({ spanId }) => spanId === labels['span_id']),
          )
        }
      },
    },
    {
      name: `${title}: stores an exemplar that refers to the server span of a request with traceparent`,
      needs,
      run: async (stage) => {
        const { prometheus, gateway } = await scraped(stage, name)
        const traceId = name === 'prometheus' ? `3${'0'.repeat(30)}1` : `2${'0'.repeat(30)}1`
        const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
        await (await fetch(`${gateway.url}/v1/models`, { headers: { traceparent } })).text()
        const query = `vllm_responses_http_request_duration_seconds_bucket{route="/v1/models"}`
        const exemplar = await waitFor('exemplar of the request', async () =>
          (await prometheus.exemplars(query)).find(({ labels }) => labels['trace_id'] === traceId),
        )
        const jaeger = await stage.traceStore('jaeger')
        const span = await waitFor('span of the exemplar', async () =>
          (await jaeger.trace(traceId)).find(({ spanId }) => spanId === exemplar.labels['span_id']),
        )
        assert.equal(span.kind, 'server')
        assert.equal(span.parentSpanId, '00f067aa0ba902b7')
        assert.equal(span.attributes['http.route'], '/v1/models')
      },
    },
  ]
}

const EVERY_SERIES = '{__name__=~".+"}'

function keyOf(labels: Readonly<Record<string, string>>): string {
  return `${labels['trace_id']} ${labels['span_id']}`
}
