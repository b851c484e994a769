/** A gateway that Prometheus scrapes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sample } from '../../../examples/src/start/exposition.ts'
import { seriesName } from '../../../examples/src/start/scrape.ts'
import type { Gateway, PrometheusName, Stage } from '../stage.ts'
import type { Prometheus } from '../start/prometheus.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'
import { PANELS } from './panels.ts'

/** Returns the cases for one Prometheus. */
export function scrapeCases(name: PrometheusName, title: string): Case[] {
  const needs = [name]
  return [
    {
      name: `${title}: scrapes the gateway without an error`,
      needs,
      run: async (stage) => {
        const { prometheus, gateway } = await scraped(stage, name)
        await isUp(prometheus, gateway.metricsUrl)
      },
    },
    {
      name: `${title}: requests OpenMetrics and receives it`,
      needs,
      run: async (stage) => {
        const { prometheus, gateway } = await scraped(stage, name)
        const accept = await acceptOf(prometheus)
        const answer = await fetch(gateway.metricsUrl, { headers: { accept } })
        await answer.text()
        assert.match(
          answer.headers.get('content-type') ?? '',
          /^application\/openmetrics-text; version=1\.0\.0;/,
        )
      },
    },
    {
      name: `${title}: stores every counter and bucket with the value that the gateway exposes`,
      needs,
      run: async (stage) => {
        const { prometheus, gateway, samples } = await scraped(stage, name)
        const counted = samples.filter(({ name: sample }) =>
          /^vllm_responses_.*_(total|count|sum|bucket)$/.test(sample),
        )
        assert.ok(counted.length > 100, `only ${counted.length} series`)
        await waitFor('agreement', async () => {
          const stored = await storedSeries(prometheus, gateway)
          const wrong = counted.filter(
            (sample) => stored.get(seriesName(sample.name, sample.labels)) !== sample.value,
          )
          if (wrong[0] !== undefined) throw new Error(describe(wrong[0], stored))
          return true
        })
      },
    },
    ...PANELS.map(
      ({ does, query }): Case => ({
        name: `${title}: ${does}`,
        needs,
        run: async (stage) => {
          const { prometheus, gateway } = await scraped(stage, name)
          const { host } = new URL(gateway.url)
          await waitFor(`answer to ${query}`, async () => {
            const answer = await prometheus.query(query.replaceAll('$instance', host))
            return answer.length > 0 && answer.every(({ value }) => Number.isFinite(value))
              ? answer
              : undefined
          })
        },
      }),
    ),
    {
      name: `${title}: stores hostile label values as values, not as further lines of the exposition`,
      needs,
      run: async (stage) => {
        const prometheus = await stage.prometheus(name)
        const url = await stage.hostile()
        await prometheus.scrape(url)
        await isUp(prometheus, url)
        assert.deepEqual(await prometheus.query('evil_metric'), [])
        const value = 'a"\n} 5\nevil_metric 42\n#'
        const found = await prometheus.query(`hostile_values_total{value=${JSON.stringify(value)}}`)
        assert.deepEqual(
          found.map((series) => [series.labels['value'], series.value]),
          [[value, 1]],
        )
      },
    },
  ]
}

/** Returns a gateway that Prometheus scrapes, and the samples that it exposes after the traffic. */
export async function scraped(
  stage: Stage,
  name: PrometheusName,
): Promise<{ prometheus: Prometheus; gateway: Gateway; samples: readonly Sample[] }> {
  const gateway = await stage.gateway(stage.has('jaeger') ? 'jaeger' : undefined)
  const prometheus = await stage.scraping(name, gateway.metricsUrl)
  return { prometheus, gateway, samples: await stage.afterTraffic(gateway) }
}

async function isUp(prometheus: Prometheus, url: string): Promise<void> {
  const target = await prometheus.target(url)
  assert.deepEqual([target?.health, target?.lastError], ['up', ''])
}

/** Returns the `Accept` header of a scrape. */
async function acceptOf(prometheus: Prometheus): Promise<string> {
  let accept = ''
  const server = createServer((request, response) => {
    accept = request.headers.accept ?? ''
    response.setHeader('content-type', 'text/plain; version=0.0.4').end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await prometheus.scrape(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.close()
  server.closeAllConnections()
  return accept
}

async function storedSeries(prometheus: Prometheus, { url }: Gateway): Promise<Map<string, number>> {
  const found = await prometheus.query(`{__name__=~"vllm_responses_.+", instance="${new URL(url).host}"}`)
  return new Map(
    found.map(({ labels, value }) => {
      const { __name__: name = '', instance: _, job: __, ...rest } = labels
      return [seriesName(name, rest), value]
    }),
  )
}

function describe({ name, labels, value }: Sample, stored: ReadonlyMap<string, number>): string {
  const series = seriesName(name, labels)
  return `${series} is ${value} at the gateway, ${stored.get(series) ?? 'nothing'} at Prometheus`
}
