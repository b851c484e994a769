import { expect, it } from 'vitest'
import { ClusterApp, sumOf } from './cluster-app.ts'
import { eventually } from './running-app.ts'
import type { Scrape } from './scrape.ts'

const REQUESTS = 'http_requests_total'

/** The attributes of the resource, as labels. */
const targetOf = (scraped: Scrape): unknown =>
  scraped.samples.find(({ name }) => name === 'target_info')?.labels

it('I8: a scrape of the port of the application has the totals of all workers, whichever worker answers', async () => {
  const app = await ClusterApp.start({ workers: 4, env: { VR_METRICS_CONST_LABELS: 'zone=a' } })
  await app.request(40)
  expect(app.answered.size).toBe(4)
  const scrapes = [await app.scrape()]
  for (let n = 1; n < 8; n++) scrapes.push(await app.scrape())
  expect(scrapes.map((scraped) => sumOf(scraped, REQUESTS))).toEqual(Array(8).fill(40))
  const targets = scrapes.map(targetOf)
  expect(targets[0]).toMatchObject({
    service_instance_id: expect.stringMatching(/^[-0-9a-f]{36}$/),
    zone: 'a',
  })
  expect(new Set(targets.map((target) => JSON.stringify(target))).size).toBe(1)
  expect(scrapes[7]?.named(REQUESTS).every(({ labels }) => labels['zone'] === 'a')).toBe(true)
  await app.kill()
  expect(app.app.stderr).toBe(
    `@vr/otel 0.1.0: metrics at ${app.url}/metrics (no authentication: set VR_METRICS_TOKEN); tracing is off, no exemplars: set VR_TRACING_ENABLED=true\n`,
  )
})

it('VR_METRICS_PORT is opened by the primary, with the totals of all workers and one start line', async () => {
  const app = await ClusterApp.start({ env: { VR_METRICS_PORT: '0' } })
  const metricsUrl = await app.app.metricsUrl()
  expect(new URL(metricsUrl).port).not.toBe(new URL(app.url).port)
  await app.request(10)
  expect(sumOf(await app.scrape(metricsUrl), REQUESTS)).toBe(10)
  expect(await (await fetch(`${app.url}/metrics`)).text()).toMatch(/^[12]$/)
  await app.kill()
  expect(app.app.stderr.trim().split('\n')).toHaveLength(1)
})

it('I4: the gauges of a killed worker vanish, and its counters stay', async () => {
  const app = await ClusterApp.start()
  for (const id of [1, 2]) {
    app.command(id, 'depth', 5 * id)
    app.command(id, 'count', id)
  }
  await eventually(async () => (sumOf(await app.scrape(), 'queue_depth') === 15 ? true : undefined))
  app.command(0, 'pid', 1)
  const [, pid] = await app.app.waitForOutput(/worker 1 has pid (\d+)/)
  process.kill(Number(pid), 'SIGKILL')
  expect(await app.ended(1)).toBe('SIGKILL')
  const scraped = await app.scrape()
  expect([sumOf(scraped, 'queue_depth'), sumOf(scraped, 'jobs_total')]).toEqual([10, 3])
  await app.kill()
})

it('exemplars of all workers are in each scrape, with the traces of their requests', async () => {
  const env = { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1', OTEL_TRACES_EXPORTER: 'none' }
  const app = await ClusterApp.start({ env })
  const traces = ['1'.repeat(32), '2'.repeat(32)]
  const workers = new Map<string, string>()
  while (workers.size < 2) {
    const trace = traces[workers.size] as string
    const headers = { connection: 'close', traceparent: `00-${trace}-${'3'.repeat(16)}-01` }
    const answer = await fetch(`${app.url}/?${trace}`, { headers })
    workers.set(await answer.text(), trace)
  }
  const exemplars = await eventually(async () => {
    const found = (await app.scrape()).samples.flatMap(({ exemplar }) => exemplar?.labels['trace_id'] ?? [])
    return new Set(found).size > 0 ? found : undefined
  })
  expect(exemplars.every((trace) => traces.includes(trace))).toBe(true)
  await app.kill()
})

it('a scrape counts the workers, and reports that a stopped worker did not answer', async () => {
  const app = await ClusterApp.start()
  await app.request(4)
  app.command(0, 'pid', 1)
  const pid = Number((await app.app.waitForOutput(/worker 1 has pid (\d+)/))[1])
  process.kill(pid, 'SIGSTOP')
  const partial = await eventually(async () => {
    const answer = await fetch(`${app.url}/metrics`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(500),
    }).catch(() => undefined)
    return answer === undefined ? undefined : await answer.text()
  })
  expect(partial).toMatch(/^vr_otel_scrape_complete 0$/m)
  process.kill(pid, 'SIGCONT')
  const whole = await app.scrape()
  expect(whole.values('vr_otel_workers')).toEqual({ 'state=live': 2, 'state=stale': 0 })
  expect(sumOf(whole, 'vr_otel_cluster_received_bytes_total')).toBeGreaterThan(1000)
  expect(sumOf(whole, REQUESTS)).toBe(4)
  await app.kill()
})

it('the process metrics of scrapes are merged by their rules', async () => {
  const app = await ClusterApp.start({ workers: 3 })
  const scraped = await app.scrape()
  expect(scraped.named('process_cpu_seconds_total')).toHaveLength(1)
  expect(sumOf(scraped, 'process_resident_memory_bytes')).toBeGreaterThan(4 * 20e6)
  expect(scraped.named('process_start_time_seconds')).toHaveLength(1)
  await app.kill()
})
