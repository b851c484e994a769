/** A session of the Realtime API: its trace in Jaeger, and its turns in Prometheus. */
import assert from 'node:assert/strict'
import type { PrometheusName, Stage } from '../stage.ts'
import type { Prometheus } from '../start/prometheus.ts'
import type { StoredSpan } from '../start/trace-store.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

const ROUTE = '/v1/realtime'
const TRACE_ID = `5${'0'.repeat(30)}1`
const CALLER = '00f067aa0ba902b7'

/** The handshake, three turns, and the call upstream of each turn. */
const SPANS = 7

/** The turns of the session by outcome, with the attributes of their spans. */
const TURNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  completed: {
    'gen_ai.response.id': 'resp_1',
    'gen_ai.usage.input_tokens': '127',
    'gen_ai.usage.output_tokens': '48',
    'gen_ai.usage.cache_read.input_tokens': '64',
    'vr_otel.turn.tool_calls': '2',
  },
  client_abort: { 'gen_ai.response.id': 'resp_2' },
  upstream_error: { 'gen_ai.response.id': 'resp_3', 'error.type': 'engine_unavailable' },
}

/** What Prometheus stores of the session. */
const SERIES: Readonly<Record<string, number>> = {
  'websocket_connections_total{outcome="accepted"}': 1,
  'websocket_connections_active{}': 0,
  'websocket_connection_duration_seconds_count{}': 1,
  'websocket_closes_total{code="1000"}': 1,
  'websocket_sessions_total{outcome="upstream_error"}': 1,
  'websocket_turns_total{outcome="completed"}': 1,
  'websocket_turns_total{outcome="client_abort"}': 1,
  'websocket_turns_total{outcome="upstream_error"}': 1,
  'websocket_time_to_first_event_seconds_count{}': 2,
  'websocket_messages_total{direction="received"}': 5,
  'websocket_messages_total{direction="sent"}': 12,
}

/** Returns the cases for one Prometheus, with Jaeger. */
export function realtimeCases(name: PrometheusName, title: string): Case[] {
  const needs = [name, 'jaeger'] as const
  return [
    {
      name: 'Jaeger: stores a Realtime session as one trace, with a span for each turn that is linked to the handshake',
      needs: ['jaeger'],
      run: async (stage) => {
        const { spans } = await played(stage)
        const handshake = spans.find((span) => span.name === `GET ${ROUTE}`)
        assert.equal(handshake?.parentSpanId, CALLER)
        assert.equal(handshake?.attributes['http.response.status_code'], '101')
        const turns = turnsOf(spans)
        assert.deepEqual([...turns.keys()].sort(), Object.keys(TURNS).sort())
        for (const [outcome, attributes] of Object.entries(TURNS)) {
          const turn = turns.get(outcome) as StoredSpan
          assert.equal(turn.name, 'generate_content gpt-realtime')
          assert.equal(turn.parentSpanId, handshake.spanId)
          assert.deepEqual(turn.links, [{ traceId: TRACE_ID, spanId: handshake.spanId }])
          assert.equal(turn.hasError, outcome === 'upstream_error')
          assert.deepEqual(turn.attributes, { ...turn.attributes, ...attributes })
          const calls = spans.filter(({ parentSpanId }) => parentSpanId === turn.spanId)
          assert.deepEqual(
            calls.map(({ kind }) => kind),
            ['client'],
          )
        }
        assert.equal(spans.length, SPANS)
      },
    },
    {
      name: `${title}: stores the turns of a Realtime session with exact values`,
      needs,
      run: async (stage) => {
        const { prometheus } = await scraped(stage, name)
        await waitFor('the series of the session', async () => {
          assert.deepEqual(await storedSeries(prometheus), SERIES)
          return true
        })
      },
    },
    {
      name: `${title}: stores an exemplar of each turn of a Realtime session that refers to its span in Jaeger`,
      needs,
      run: async (stage) => {
        const { prometheus, spans } = await scraped(stage, name)
        for (const [outcome, { spanId }] of turnsOf(spans)) {
          const query = `vllm_responses_websocket_turns_total{route="${ROUTE}",outcome="${outcome}"}`
          const [exemplar] = await waitFor(`exemplar of ${query}`, async () => {
            const found = await prometheus.exemplars(query)
            return found.length > 0 ? found : undefined
          })
          assert.deepEqual(exemplar?.labels, { trace_id: TRACE_ID, span_id: spanId })
        }
      },
    },
  ]
}

/** Runs the session once, and returns its spans when all of them are stored. */
async function played(stage: Stage): Promise<{ url: string; spans: readonly StoredSpan[] }> {
  const url = await stage.afterRealtimeSession('jaeger', ROUTE, `00-${TRACE_ID}-${CALLER}-01`)
  const jaeger = await stage.traceStore('jaeger')
  const spans = await waitFor('spans of the session', async () => {
    const found = await jaeger.trace(TRACE_ID)
    return found.length >= SPANS ? found : undefined
  })
  return { url, spans }
}

async function scraped(
  stage: Stage,
  name: PrometheusName,
): Promise<{ prometheus: Prometheus; spans: readonly StoredSpan[] }> {
  const { url, spans } = await played(stage)
  return { prometheus: await stage.scraping(name, `${url}/metrics`), spans }
}

/** Returns the spans of turns by outcome. */
function turnsOf(spans: readonly StoredSpan[]): Map<string, StoredSpan> {
  const turns = spans.filter(({ name }) => name.startsWith('generate_content'))
  return new Map(turns.map((turn) => [turn.attributes['vr_otel.turn.outcome'] ?? '', turn]))
}

const COMPARED = new RegExp(
  `^(?:${[...new Set(Object.keys(SERIES).map((key) => key.split('{')[0]))].join('|')})$`,
)

/** Returns the stored series of the session that have a name of {@link SERIES}, without route and labels of the target. */
async function storedSeries(prometheus: Prometheus): Promise<Record<string, number>> {
  const found = await prometheus.query(`{__name__=~"vllm_responses_websocket_.+",route="${ROUTE}"}`)
  return Object.fromEntries(
    found.flatMap(({ labels, value }) => {
      const { __name__ = '', instance: _, job: __, route: ___, ...rest } = labels
      const name = __name__.replace('vllm_responses_', '')
      const pairs = Object.entries(rest).map(([label, text]) => `${label}="${text}"`)
      return COMPARED.test(name) ? [[`${name}{${pairs}}`, value] as const] : []
    }),
  )
}
