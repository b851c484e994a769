import { expect, it } from 'vitest'
import { ClusterApp, sumOf } from './cluster-app.ts'
import { scrape } from './scrape.ts'

const IN_CODE = { flag: false, env: { IN_CODE: 'true' } }

it('startOtel() in the primary and its workers shares their metrics', async () => {
  const app = await ClusterApp.start(IN_CODE)
  await app.request(8)
  expect(sumOf(await app.scrape(), 'http_requests_total')).toBe(8)
  await app.kill()
  expect(app.app.stderr.match(/metrics at/g)).toHaveLength(1)
})

it('startOtel() in the primary opens VR_METRICS_PORT, also before a worker serves', async () => {
  const app = await ClusterApp.start({ ...IN_CODE, env: { ...IN_CODE.env, VR_METRICS_PORT: '0' } })
  const url = await app.app.metricsUrl()
  await app.request(3)
  expect(sumOf(await app.scrape(url), 'http_requests_total')).toBe(3)
  await app.kill()
  expect(app.app.stderr.trim().split('\n')).toHaveLength(1)
})

it('what a worker counts before forceFlush() is in the totals when it resolves', async () => {
  const app = await ClusterApp.start(IN_CODE)
  app.command(1, 'countFlushAndKill', 7)
  expect(await app.ended(1)).toBe('SIGKILL')
  expect(sumOf(await app.scrape(), 'jobs_total')).toBe(7)
  await app.kill()
})

it('a worker that shuts telemetry down is no longer counted as a worker, and its counts stay', async () => {
  const app = await ClusterApp.start({ ...IN_CODE, env: { ...IN_CODE.env, VR_METRICS_PORT: '0' } })
  app.command(1, 'countAndShutdown', 7)
  await app.app.waitForOutput(/worker 1 has shut down/)
  const scraped = await app.scrape(await app.app.metricsUrl())
  expect(sumOf(scraped, 'jobs_total')).toBe(7)
  expect(scraped.values('vr_otel_workers')).toEqual({ 'state=live': 1, 'state=stale': 0 })
  await app.kill()
})

it('a worker that starts telemetry again counts on, without the gauges of before, and answers scrapes', async () => {
  const app = await ClusterApp.start({ ...IN_CODE, workers: 1 })
  app.command(1, 'countAndRestart', 7, 2)
  await app.app.waitForOutput(/worker 1 has restarted/)
  app.command(0, 'fork')
  await app.app.waitForOutput(/worker 2 listens/)
  const scraped = await app.scrape()
  expect(sumOf(scraped, 'jobs_total')).toBe(9)
  expect(sumOf(scraped, 'queue_depth')).toBe(0)
  expect(scraped.values('vr_otel_workers')).toEqual({ 'state=live': 2, 'state=stale': 0 })
  await app.kill()
})

it('workers answer scrapes after the primary has shut telemetry down, with what it merged last', async () => {
  const app = await ClusterApp.start(IN_CODE)
  await app.request(4)
  await app.scrape()
  await app.scrape()
  app.command(0, 'shutdown')
  await app.app.waitForOutput(/the primary has shut down/)
  const scraped = await scrape(`${app.url}/metrics`)
  expect(sumOf(scraped, 'vr_otel_scrape_complete')).toBe(0)
  await app.app.waitForOutput(
    /warn: .*the process that aggregated the metrics has stopped doing so/,
    'stderr',
  )
  await app.kill()
})
