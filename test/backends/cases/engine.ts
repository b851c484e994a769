/** The metrics of engines on the endpoint of a gateway, which Prometheus scrapes. */
import assert from 'node:assert/strict'
import { parseExposition, type Sample } from '../../../examples/src/start/exposition.ts'
import { seriesName } from '../../../examples/src/start/scrape.ts'
import { LedgerCluster } from '../../cluster/ledger-cluster.ts'
import type { PrometheusName } from '../stage.ts'
import type { Prometheus } from '../start/prometheus.ts'
import { changesOf } from '../start/recorded-engine.ts'
import { isIncluded, RecordedEngines } from '../start/recorded-engines.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

/** Longer than a case takes. */
const RANGE = '10m'

const WORKERS = 4

/** Returns the cases for one Prometheus with the feature `promql-extended-range-selectors`. */
export function engineCases(name: PrometheusName, title: string): Case[] {
  const needs = [name]
  return [
    {
      name: `${title}: Engine metrics have the values of the endpoints of the engines, through a restart of one`,
      needs,
      run: (stage) =>
        RecordedEngines.run(async (engines) => {
          const { metricsUrl } = await stage.gateway(undefined, 'gateway of engines', engines.settings)
          await checkRestart(await stage.scraping(name, metricsUrl), metricsUrl, engines)
        }),
    },
    {
      name: `${title}: Engine metrics are in a scrape of any worker of a cluster once`,
      needs,
      run: (stage) =>
        RecordedEngines.run(async (engines) => {
          const cluster = await LedgerCluster.start(WORKERS, { VR_METRICS_PORT: '', ...engines.settings })
          try {
            const prometheus = await stage.scraping(name, cluster.url)
            await waitForEqualValues(prometheus, cluster.url, engines)
            await engines.vllm.step()
            await waitForEqualValues(prometheus, cluster.url, engines)
            await checkWorkers(cluster.url, engines)
          } finally {
            await cluster.close()
          }
        }),
    },
  ]
}

async function checkRestart(prometheus: Prometheus, url: string, engines: RecordedEngines): Promise<void> {
  const { vllm } = engines
  await waitForEqualValues(prometheus, url, engines)
  await vllm.step()
  await waitForEqualValues(prometheus, url, engines)
  await vllm.stop()
  await waitForUp(prometheus, url, { vllm: 0, cache: 1 })
  await vllm.start()
  await waitForUp(prometheus, url, { vllm: 1, cache: 1 })
  await waitForEqualValues(prometheus, url, engines)

  const rangeOf = (name: string): string =>
    `${name}{instance="${new URL(url).host}",upstream="vllm"}[${RANGE}]`
  assert.deepEqual(changesOf(await prometheus.samples(rangeOf('vr_otel_engine_up'))), [1, 0, 1])
  const counter = rangeOf('vllm:prompt_tokens_total')
  const recorded = await vllm.value('vllm:prompt_tokens_total')
  assert.deepEqual(changesOf(await prometheus.samples(counter)), [recorded, 2 * recorded, recorded])
  const [resets] = await prometheus.query(`resets(${counter})`)
  assert.equal(resets?.value, 1)
  const [increase] = await prometheus.query(`increase(${counter} anchored)`)
  assert.equal(increase?.value, 2 * recorded)
}

/** Checks that each worker exposes each series of the engines once. */
async function checkWorkers(url: string, engines: RecordedEngines): Promise<void> {
  const series = ({ name, labels }: Sample): string => seriesName(name, labels)
  const expected = (await engines.samples()).map(series).sort()
  for (let worker = 0; worker < WORKERS; worker++) {
    // The primary gives each new connection to the next worker.
    const answer = await fetch(`${url}/metrics`, { headers: { connection: 'close' } })
    const samples = parseExposition(await answer.text()).filter(isIncluded)
    assert.deepEqual(samples.map(series).sort(), expected)
  }
}

/** Waits until Prometheus has the series of the engines, no others, with their values. */
async function waitForEqualValues(
  prometheus: Prometheus,
  url: string,
  engines: RecordedEngines,
): Promise<void> {
  const samples = await engines.samples()
  const expected = new Map(samples.map(({ name, labels, value }) => [seriesName(name, labels), value]))
  const selector = `{instance="${new URL(url).host}",upstream!="",__name__!~"vr_otel_.+"}`
  await waitFor('the values of the engines', async () => {
    const found = await prometheus.query(selector)
    const stored = found.map(({ labels: { __name__ = '', instance: _, job: __, ...labels }, value }) => {
      return [seriesName(__name__, labels), value] as const
    })
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
