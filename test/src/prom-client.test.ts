import { describe, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { OPENMETRICS, type Scrape, scrape } from './scrape.ts'

const INCLUDED = { VR_METRICS_INCLUDE_PROM_CLIENT: 'true' }

/** The lines of the metrics of the application. */
const linesOf = ({ text }: Scrape): string[] =>
  text.split('\n').filter((line) => /^(# [A-Z]+ )?(jobs|newest|private|wait)/.test(line))

describe.each(['prom-client', '@prometheus-io/client'])('with %s, a scrape', (client) => {
  it('has the metrics of its default registry, without those with a name of ours', async () => {
    const app = new RunningApp('prom-client.mjs', { env: { ...INCLUDED, CLIENT: client } })
    const url = await app.url()
    await fetch(url)
    const scraped = await scrape(`${url}/metrics`)
    expect(linesOf(scraped)).toEqual([
      '# TYPE jobs counter',
      '# HELP jobs Jobs, \\"done\\".',
      'jobs_total{queue="mail"} 1',
      '# TYPE newest gauge',
      '# HELP newest Newest.',
      'newest 1',
      '# TYPE private gauge',
      '# HELP private Of one worker.',
      'private 1',
      '# TYPE wait_seconds histogram',
      '# HELP wait_seconds Wait.',
      'wait_seconds_bucket{le="1.0"} 1',
      'wait_seconds_bucket{le="+Inf"} 1',
      'wait_seconds_count 1',
      'wait_seconds_sum 1',
    ])
    expect(Object.values(scraped.values('http_requests_total'))).toEqual([1])
    await app.waitForOutput(/http_requests_total of an engine or another library is not exposed/, 'stderr')
  })

  it('has none of them without the setting', async () => {
    const app = new RunningApp('prom-client.mjs', { env: { CLIENT: client } })
    expect(linesOf(await scrape(`${await app.url()}/metrics`))).toEqual([])
  })

  it('of any worker has those of all workers, merged by the rule of each metric', async () => {
    const app = new RunningApp('prom-client.mjs', { env: { ...INCLUDED, CLIENT: client, WORKERS: '3' } })
    const url = `${await app.url()}/metrics`
    const merged = await eventually(async () => {
      const scraped = await scrape(url, OPENMETRICS, { connection: 'close' }).catch(() => undefined)
      return scraped?.values('newest')[''] === 3 && scraped.values('jobs_total')['queue=mail'] === 6
        ? scraped
        : undefined
    })
    expect(linesOf(merged).filter((line) => !line.startsWith('#'))).toEqual([
      'jobs_total{queue="mail"} 6',
      'newest 3',
      'wait_seconds_bucket{le="1.0"} 1',
      'wait_seconds_bucket{le="+Inf"} 3',
      'wait_seconds_count 3',
      'wait_seconds_sum 6',
    ])
  })
})
