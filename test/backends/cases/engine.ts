/** The metrics of engines on the endpoint of a gateway, which Prometheus scrapes. */
import assert from 'node:assert/strict'
import { parseExposition, type Sample } from '../../../examples/src/start/exposition.ts'
import { seriesName } from '../../../examples/src/start/scrape.ts'
import { LedgerCluster } from '../../cluster/ledger-cluster.ts'
import type { PrometheusName } from '../stage.ts'
import type { Prometheus } from '../start/prometheus.ts'
import { RecordedEngine } from '../start/recorded-engine.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

/** Longer than a case takes. */
const RANGE = '10m'

const WORKERS = 4

/** Beginnings of the names of the recorded metrics. */
const INCLUDED = ['vllm:', 'lmcache']

/** Returns the cases for one Prometheus with the feature `promql-extended-range-selectors`. */
export function engineCases(name: PrometheusName, title: string): Case[] {
  const needs = [name]
  return [
    {
      name: `${title}: Engine metrics have the values of the endpoints of the engines, through a restart of one`,
      needs,
      run: async (stage) => {
        const engines = await startEngines()
        try {
          const { metricsUrl } = await stage.gateway(undefined, 'gateway of engines', settingsOf(engines))
          await checkRestart(await stage.scraping(name, metricsUrl), metricsUrl, engines)
        } finally {
          await stopAll(engines)
        }
      },
    },
    {
      name: `${title}: Engine metrics are in a scrape of any worker of a cluster once`,
      needs,
      run: async (stage) => {
        const engines = await startEngines()
        const cluster = await LedgerCluster.start(WORKERS, { VR_METRICS_PORT: '', ...settingsOf(engines) })
        try {
          const prometheus = await stage.scraping(name, cluster.url)
          await waitForEqualValues(prometheus, cluster.url, engines)
          await engines[0].step()
          await waitForEqualValues(prometheus, cluster.url, engines)
          await checkWorkers(cluster.url, engines)
        } finally {
          await cluster.close()
          await stopAll(engines)
        }
      },
    },
  ]
}

type Engines = readonly [vllm: RecordedEngine, cache: RecordedEngine]

async function startEngines(): Promise<Engines> {
  return [
    await RecordedEngine.start('vllm', 'engine.prom'),
    await RecordedEngine.start('cache', 'engine-openmetrics.prom'),
  ]
}

function settingsOf(engines: Engines): Record<string, string> {
  return {
    VR_ENGINE_METRICS_URL: engines.map(({ setting }) => setting).join(),
    VR_ENGINE_METRICS_INCLUDE: INCLUDED.join(),
  }
}

async function stopAll(engines: Engines): Promise<void> {
  await Promise.all(engines.map((engine) => engine.stop()))
}

async function checkRestart(prometheus: Prometheus, url: string, engines: Engines): Promise<void> {
  const [vllm] = engines
  await waitForEqualValues(prometheus, url, engines)
  await vllm.step()
  await waitForEqualValues(prometheus, url, engines)
  await vllm.stop()
  await waitForUp(prometheus, url, { vllm: 0, cache: 1 })
  await vllm.start()
  await waitForUp(prometheus, url, { vllm: 1, cache: 1 })
  await waitForEqualValues(prometheus, url, engines)

  const counter = `vllm:prompt_tokens_total{instance="${new URL(url).host}",upstream="vllm"}[${RANGE}]`
  const recorded = await valueIn(vllm, 'vllm:prompt_tokens_total')
  const values = await prometheus.samples(counter)
  assert.deepEqual(changesOf(values), [recorded, 2 * recorded, recorded])
  const up = `vr_otel_engine_up{instance="${new URL(url).host}",upstream="vllm"}[${RANGE}]`
  assert.deepEqual(changesOf(await prometheus.samples(up)), [1, 0, 1])
  const [resets] = await prometheus.query(`resets(${counter})`)
  assert.equal(resets?.value, 1)
  const [increase] = await prometheus.query(`increase(${counter} anchored)`)
  assert.equal(increase?.value, 2 * recorded)
}

/** Checks that each worker exposes each series of the engines once. */
async function checkWorkers(url: string, engines: Engines): Promise<void> {
  const series = ({ name, labels }: Sample): string => seriesName(name, labels)
  const expected = (await Promise.all(engines.map(samplesOf))).flat().map(series).sort()
  for (let worker = 0; worker < WORKERS; worker++) {
    // The primary gives each new connection to the next worker.
    const answer = await fetch(`${url}/metrics`, { headers: { connection: 'close' } })
    const samples = parseExposition(await answer.text()).filter(isIncluded)
    assert.deepEqual(samples.map(series).sort(), expected)
  }
}

/** Waits until Prometheus has the series of the engines, no others, with their values. */
async function waitForEqualValues(prometheus: Prometheus, url: string, engines: Engines): Promise<void> {
  const expected = new Map(
    (await Promise.all(engines.map(samplesOf)))
      .flat()
      .map(({ name, labels, value }) => [seriesName(name, labels), value]),
  )
  await waitFor('the values of the engines', async () => {
    const instance = new URL(url).host
    const found = await prometheus.query(`{instance="${instance}",upstream!="",__name__!~"vr_otel_.+"}`)
    const stored = found.map(({ labels: { __name__ = '', instance: _, job: __, ...labels }, value }) => {
      return [seriesName(__name__, labels), value] as const
    })
    assert.equal(stored.length, expected.size)
    assert.deepEqual(new Map(stored), expected)
    return true
  })
}

/** Waits until Prometheus has these values of `vr_otel_engine_up`. */
async function waitForUp(
  prometheus: Prometheus,
  url: string,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  await waitFor('state of the engines', async () => {
    const found = await prometheus.query(`vr_otel_engine_up{instance="${new URL(url).host}"}`)
    assert.deepEqual(
      Object.fromEntries(found.map(({ labels, value }) => [labels['upstream'], value])),
      expected,
    )
    return true
  })
}

/** Returns the included samples of the endpoint of an engine, with the label of the engine. `_created` is the start time only. */
async function samplesOf(engine: RecordedEngine): Promise<Sample[]> {
  const samples = (await engine.samples()).filter(isIncluded).filter(({ name }) => !name.endsWith('_created'))
  assert.ok(samples.length > 10)
  return samples.map(({ name, labels, value }) => {
    // Prometheus has no labels without a value.
    const kept = Object.entries(labels).filter(([, text]) => text !== '')
    return { name, labels: { ...Object.fromEntries(kept), upstream: engine.name }, value }
  })
}

const isIncluded = ({ name }: Sample): boolean => INCLUDED.some((prefix) => name.startsWith(prefix))

async function valueIn(engine: RecordedEngine, name: string): Promise<number> {
  const [sample, ...others] = (await engine.samples()).filter((each) => each.name === name)
  assert.ok(sample !== undefined && others.length === 0)
  return sample.value
}

/** Returns the values without those that are equal to the one before. */
function changesOf(values: readonly number[]): number[] {
  return values.filter((value, at) => value !== values[at - 1])
}
