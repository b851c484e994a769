import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import { expect, it } from 'vitest'
import { readSettings } from '../../packages/otel/src/config/read-settings.ts'
import { ExternalMetrics } from '../../packages/otel/src/external/external-metrics.ts'
import { ExternalProducers } from '../../packages/otel/src/external/producers.ts'
import { createResource } from '../../packages/otel/src/resource.ts'
import { EngineEndpoint } from './engine-endpoint.ts'

/** Calls of Dynamo's pass-through with their results, recorded from it. */
interface Case {
  readonly case: string
  readonly metric_prefix_filters?: readonly string[] | null
  readonly exclude_prefixes?: readonly string[] | null
  readonly inject_custom_labels?: Readonly<Record<string, string>> | null
  readonly register_engine_metrics_callback?: {
    readonly metric_prefix_filters: readonly string[]
    readonly namespace_name?: string
    readonly component_name?: string
    readonly endpoint_name?: string
    readonly model_name?: string
    readonly inject_custom_labels?: Readonly<Record<string, string>>
  }
  readonly connection_id?: string
  readonly text: string
  readonly typed_families?: readonly string[]
}

interface Difference {
  readonly case: string
  readonly kind: 'whole_family' | 'own_label_renamed' | 'label_rejected'
  readonly reason: string
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../data/dynamo/${name}`, import.meta.url), 'utf8'))
const { input, cases } = read('cases.json') as { input: string; cases: readonly Case[] }
const differences = new Map((read('differences.json') as Difference[]).map((item) => [item.case, item]))

/** The labels that Dynamo adds: here they are all configured. */
function labelsOf({ inject_custom_labels, register_engine_metrics_callback: call, connection_id: id }: Case) {
  if (call === undefined) return inject_custom_labels ?? {}
  const isAutomatic = call.namespace_name !== undefined && call.component_name !== undefined
  const model = call.model_name === undefined ? {} : { model: call.model_name, model_name: call.model_name }
  const automatic = {
    dynamo_namespace: call.namespace_name,
    dynamo_component: call.component_name,
    dynamo_endpoint: call.endpoint_name ?? 'generate',
    ...(id === 'raises' ? {} : { worker_id: id?.replace('0x', '') }),
    ...model,
  }
  return { ...call.inject_custom_labels, ...(isAutomatic ? automatic : {}) }
}

/** Returns the lines about the engine of a scrape with the settings of a case, and the number of rejected settings. */
async function ours(item: Case): Promise<{ lines: string[]; rejected: number }> {
  const engine = await EngineEndpoint.start(item.case === 'collector raises' ? '<html>' : input)
  const filters = item.register_engine_metrics_callback ?? item
  const { settings, problems } = readSettings({
    VR_ENGINE_METRICS_URL: `engine=${engine.url}`,
    VR_ENGINE_METRICS_INCLUDE: filters.metric_prefix_filters?.join() || '*',
    VR_ENGINE_METRICS_EXCLUDE: item.exclude_prefixes?.join() || 'none',
    VR_ENGINE_METRICS_LABELS: Object.entries(labelsOf(item))
      .map((pair) => pair.join('='))
      .join(),
  })
  const alone = { isMember: false, request: async () => undefined, requestAll: async () => [] }
  const producers = new ExternalProducers({
    external: new ExternalMetrics(settings, alone),
    resource: createResource(settings),
    describesEngines: false,
    isPushedElsewhere: () => false,
  })
  const reader = new PrometheusReader({ withoutTargetInfo: true, metricProducers: [producers.pulled()] })
  new MeterProvider({ readers: [reader], resource: createResource(settings) })
  const server = createServer((request, response) => reader.handler(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const text = await (await fetch(url, { headers: { connection: 'close' } })).text()
    return { lines: normalise(text), rejected: problems.length }
  } finally {
    server.close()
  }
}

const SAMPLE = /^(\S+?)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Sorts lines, and the labels of samples, which have no order; numbers are compared by value, and the label `upstream` is removed. */
function normalise(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '')
  return lines
    .map((line) => {
      if (line.startsWith('#')) return line
      const [, name, body = '', value] = SAMPLE.exec(line) as RegExpExecArray
      const labels = new Map(
        [...body.matchAll(LABEL)].map(([, key, item]) => [key as string, item as string]),
      )
      labels.delete('upstream')
      return `${name}${JSON.stringify([...labels].sort())} ${Number(value)}`
    })
    .sort()
}

const typeNames = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1]?.replace(/_total$/, '') ?? [])

it.each(cases.filter((item) => !differences.has(item.case)))(
  'Dynamo gives the same lines: $case',
  async (item) => {
    expect(await ours(item)).toEqual({ lines: normalise(item.text), rejected: 0 })
  },
)

it.each(cases.filter((item) => differences.get(item.case)?.kind === 'whole_family'))(
  'Dynamo filters parts of metrics: $case',
  async (item) => {
    const { lines } = await ours(item)
    expect(lines).not.toEqual(normalise(item.text))
    expect(typeNames(lines)).toEqual(item.typed_families)
  },
)

it.each(cases.filter((item) => differences.get(item.case)?.kind === 'label_rejected'))(
  'Dynamo gives no metrics: $case',
  async (item) => {
    const same = cases.find(({ case: name }) => name === 'include vllm:') as Case
    expect(item.text).toBe('')
    expect(await ours(item)).toEqual({ lines: normalise(same.text), rejected: 1 })
  },
)

it.each(cases.filter((item) => differences.get(item.case)?.kind === 'own_label_renamed'))(
  'Dynamo keeps the label of the engine, and drops the configured one: $case',
  async (item) => {
    const { lines } = await ours(item)
    expect(lines).not.toEqual(normalise(item.text))
    // With the prefix removed, both have the same lines.
    const kept = lines.map((line) => {
      const [, name, labels = '[]', value] = /^([^[#]+)(\[.*\]) (\S+)$/.exec(line) ?? []
      if (name === undefined) return line
      const all = new Map(JSON.parse(labels) as [string, string][])
      for (const [key, own] of [...all]) {
        if (!key.startsWith('exported_')) continue
        all.delete(key)
        all.set(key.slice('exported_'.length), own)
      }
      return `${name}${JSON.stringify([...all].sort())} ${value}`
    })
    expect(kept.sort()).toEqual(normalise(item.text))
  },
)

it('each difference belongs to a case', () => {
  expect([...differences.keys()].filter((name) => !cases.some((item) => item.case === name))).toEqual([])
})
