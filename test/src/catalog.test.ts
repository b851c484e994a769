import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DELIVERY_METRIC_DEFINITIONS, prometheusMetricName } from '@vr/otel-exporters'
import { CATALOG, GROUPS_WITHOUT_PREFIX, type Group, type InstrumentDefinition } from '@vr/otel-instruments'
import { describe, expect, it } from 'vitest'
import { CLUSTER_METRIC_DEFINITIONS } from '../../packages/otel/src/cluster/cluster-metrics.ts'
import { EVENT_METRIC_DEFINITIONS } from '../../packages/otel/src/events/event-metrics.ts'
import { ENGINE_METRIC_DEFINITIONS } from '../../packages/otel/src/external/engine-metrics.ts'
import { lintDefinition } from './metric-lint.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('every instrument of the catalog', () => {
  const all: InstrumentDefinition[] = [
    ...Object.values(CATALOG).flat(),
    ...Object.values(DELIVERY_METRIC_DEFINITIONS),
    ...Object.values(CLUSTER_METRIC_DEFINITIONS),
    ...Object.values(ENGINE_METRIC_DEFINITIONS),
    ...Object.values(EVENT_METRIC_DEFINITIONS),
  ]

  it('passes the lint of definitions', () => {
    expect(all.flatMap(lintDefinition)).toEqual([])
  })

  it('has a unique name', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  })

  it('has a name that the recorded scrape of vllm-responses has, or is listed here as new', () => {
    const recorded = readFileSync(`${ROOT}test/data/vllm-responses.prom`, 'utf8')
    const own = (Object.keys(CATALOG) as Group[]).filter((group) => !GROUPS_WITHOUT_PREFIX.includes(group))
    const scraped = own
      .flatMap((group) => CATALOG[group].filter(({ isSemconv }) => isSemconv !== true))
      .map(({ name, kind, unit }) => prometheusMetricName({ name: `vllm_responses.${name}`, kind, unit }))
    const known = [...recorded.matchAll(/^# TYPE (vllm_responses_\w+)/gm)].map(([, name]) => name as string)
    expect(known.filter((name) => !scraped.includes(name) && !name.endsWith('_created'))).toEqual([])
    expect(scraped.filter((name) => name === undefined || !known.includes(name))).toEqual([
      'vllm_responses_sse_streams_total',
      'vllm_responses_sse_time_to_first_event_seconds',
      'vllm_responses_sse_event_gap_seconds',
      'vllm_responses_sse_events_total',
      'vllm_responses_sse_bytes_total',
      'vllm_responses_websocket_connections_active',
      'vllm_responses_websocket_connections_total',
      'vllm_responses_websocket_connection_duration_seconds',
      'vllm_responses_websocket_messages_total',
      'vllm_responses_websocket_message_bytes_total',
      'vllm_responses_websocket_closes_total',
      'vllm_responses_websocket_sessions_total',
      'vllm_responses_websocket_turns_total',
      'vllm_responses_websocket_time_to_first_event_seconds',
      'vllm_responses_mcp_server_startup_duration_seconds',
      'vllm_responses_gateway_overhead_seconds',
      'vllm_responses_upstream_attempts_total',
    ])
  })
})

describe('lintDefinition', () => {
  const attribute = { name: 'kind', values: ['a'], overflow: undefined, description: 'kinds of jobs' }
  const good = {
    name: 'jobs.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of jobs.',
    attributes: [attribute],
    buckets: 'http',
  } as const

  it.each<[string, object]>([
    ['has no unit', { name: 'jobs', unit: '' }],
    ['has a description that is not a sentence', { description: 'Duration' }],
    ['is a duration that is not in seconds', { unit: 'ms' }],
    ['has buckets but is not a histogram, or is a histogram without buckets', { kind: 'counter' }],
    ['has buckets but is not a histogram, or is a histogram without buckets', { buckets: undefined }],
    [
      'has a merge rule but is not a gauge or up-down counter, or is one without a merge rule',
      { merge: 'sum' },
    ],
    [
      'has a merge rule but is not a gauge or up-down counter, or is one without a merge rule',
      { kind: 'gauge', buckets: undefined },
    ],
    ['has "total" in its name: the exporter adds it to counters', { name: 'jobs.total' }],
    ['has an attribute without a name or a description: ""', { attributes: [{ ...attribute, name: '' }] }],
    ['has no values for the attribute "kind"', { attributes: [{ ...attribute, values: [] }] }],
    ['has more than 1500 values for the attribute "kind"', { attributes: [{ ...attribute, limit: 1500 }] }],
  ])('reports an instrument that %s', (problem, change) => {
    const definition = { ...good, ...change }
    expect(lintDefinition(good)).toEqual([])
    expect(lintDefinition(definition)).toEqual([`${definition.name} ${problem}`])
  })
})

it('docs/configuration.md and docs/metrics.md are up to date', () => {
  execFileSync(process.execPath, [`${ROOT}packages/otel/scripts/docs.ts`, '--check'], { stdio: 'pipe' })
})
