/** The metrics of engines that a gateway pushes over OTLP. */
import assert from 'node:assert/strict'
import { SCOPE_NAME } from '@vr/otel-instruments'
import { seriesName } from '../../../examples/src/start/scrape.ts'
import type { MetricStoreName } from '../stage.ts'
import { type MetricStore, newestPoints, type OtlpMetrics } from '../start/metric-store.ts'
import { changesOf } from '../start/recorded-engine.ts'
import { RecordedEngines } from '../start/recorded-engines.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

const SCOPE = '@vr/otel/external'

/** Names of recorded metrics whose types OTLP does not have. */
const NOT_PUSHED = /^lmcache(:lookup_seconds|:entry_bytes|:build|_mode|:peers)/

/** Series of these metrics by type. */
const NOT_PUSHED_SERIES = { summary: 1, gaugehistogram: 1, info: 1, stateset: 2, unknown: 1 }

interface Point {
  readonly attributes: Readonly<Record<string, string>>
  readonly asDouble?: number
  readonly count?: number
  readonly sum?: number
  readonly bucketCounts?: readonly number[]
  readonly explicitBounds?: readonly number[]
}

type Data = Readonly<
  Partial<Record<'sum' | 'gauge' | 'histogram', { readonly dataPoints: readonly Point[] }>>
>

/** Returns the case for one backend. */
export function enginePushCases(name: MetricStoreName, title: string): Case[] {
  return [
    {
      name: `${title}: Engine metrics are received with the values of the engines, through a restart of one`,
      needs: [name],
      run: (stage) =>
        RecordedEngines.run(async (engines) => {
          const store = await stage.metricStore(name)
          await stage.gateway(name, 'gateway that pushes metrics of engines', engines.settings)
          await checkRestart(store, engines)
        }),
    },
  ]
}

async function checkRestart(store: MetricStore, engines: RecordedEngines): Promise<void> {
  const { vllm } = engines
  await waitForEqualValues(store, engines)
  const before = await startOf(store, 'vllm:prompt_tokens_total')
  assert.equal(before, await createdTime(engines))
  await vllm.step()
  await waitForEqualValues(store, engines)
  assert.equal(await startOf(store, 'vllm:prompt_tokens_total'), before)
  await vllm.stop()
  await waitForUp(store, [1, 0])
  await vllm.start()
  await waitForUp(store, [1, 0, 1])
  await waitForEqualValues(store, engines)
  const after = await createdTime(engines)
  assert.notEqual(after, before)
  assert.equal(await startOf(store, 'vllm:prompt_tokens_total'), after)
  assert.deepEqual(
    Object.fromEntries(
      pointsOf(await newest(store, SCOPE_NAME), 'vr_otel.engine.not_pushed').map((point) => {
        return [point.attributes['type'], point.asDouble]
      }),
    ),
    NOT_PUSHED_SERIES,
  )
}

/** Waits until the newest points are those that OTLP can have, with the values of the engines. */
async function waitForEqualValues(store: MetricStore, engines: RecordedEngines): Promise<void> {
  const samples = (await engines.samples()).filter(({ name }) => !NOT_PUSHED.test(name))
  const expected = new Map(samples.map(({ name, labels, value }) => [seriesName(name, labels), value]))
  await waitFor('the values of the engines', async () => {
    const series = Object.entries(await newest(store, SCOPE)).flatMap(([name, data]) => seriesOf(name, data))
    assert.deepEqual(new Map(series), expected)
    return true
  })
}

/** Waits until all values of `vr_otel.engine.up` have these changes. */
async function waitForUp(store: MetricStore, expected: readonly number[]): Promise<void> {
  await waitFor('state of the engine', async () => {
    const values = (await store.received()).flatMap((each) => {
      return pointsOf(newestPoints([each], SCOPE_NAME) as Record<string, Data>, 'vr_otel.engine.up')
        .filter(({ attributes }) => attributes['upstream'] === 'vllm')
        .map(({ asDouble = 0 }) => asDouble)
    })
    assert.deepEqual(changesOf(values), expected)
    return true
  })
}

async function newest(store: MetricStore, scope: string): Promise<Record<string, Data>> {
  return newestPoints(await store.received(), scope) as Record<string, Data>
}

function pointsOf(metrics: Readonly<Record<string, Data>>, name: string): readonly Point[] {
  return metrics[name]?.gauge?.dataPoints ?? []
}

/** Returns the series that Prometheus would have of a metric. */
function seriesOf(name: string, { sum, gauge, histogram }: Data): [string, number][] {
  const numbers = [...(sum?.dataPoints ?? []), ...(gauge?.dataPoints ?? [])]
  return [
    ...numbers.map(({ attributes, asDouble = 0 }): [string, number] => [
      seriesName(name, labelsOf(attributes)),
      asDouble,
    ]),
    ...(histogram?.dataPoints ?? []).flatMap((point) => histogramSeries(name, point)),
  ]
}

function histogramSeries(name: string, point: Point): [string, number][] {
  const { attributes, count = 0, sum = 0, bucketCounts = [], explicitBounds = [] } = point
  const labels = labelsOf(attributes)
  let total = 0
  const buckets = bucketCounts.map((inBucket, at): [string, number] => {
    const bound = explicitBounds[at]
    total += inBucket
    return [seriesName(`${name}_bucket`, { ...labels, le: boundText(bound) }), total]
  })
  return [...buckets, [seriesName(`${name}_count`, labels), count], [seriesName(`${name}_sum`, labels), sum]]
}

/** Returns a bound as Python's client writes it. */
function boundText(bound: number | undefined): string {
  if (bound === undefined) return '+Inf'
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}

/** Returns attributes without those that have no value. */
function labelsOf(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([, text]) => text !== ''))
}

/** Returns the newest start time of a counter of an engine, in milliseconds. */
async function startOf(store: MetricStore, name: string): Promise<number> {
  const starts = (await store.received()).flatMap((each) => startsOf(each, name))
  return Math.round(Number(starts.at(-1)) / 1e6)
}

function startsOf({ resourceMetrics = [] }: OtlpMetrics, name: string): string[] {
  const metrics = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics))
  return metrics
    .filter((metric) => metric.name === name)
    .flatMap(({ sum }) => (sum as { dataPoints: { startTimeUnixNano: string }[] }).dataPoints)
    .map(({ startTimeUnixNano }) => startTimeUnixNano)
}

async function createdTime({ vllm }: RecordedEngines): Promise<number> {
  return Math.round((await vllm.value('vllm:prompt_tokens_created')) * 1000)
}
