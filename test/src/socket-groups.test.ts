import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { freePorts } from '../backends/start/ports.ts'
import { ClusterApp, sumOf } from './cluster-app.ts'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

vi.setConfig({ testTimeout: 90_000 })

const REQUESTS = 'http_requests_total'

const folder = mkdtempSync(join(tmpdir(), 'vr-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The variables that PM2 sets for a process of an application. */
const pm2 = (name: string, id: number): Record<string, string> => ({
  PM2_HOME: folder,
  name,
  namespace: 'default',
  pm_id: String(id),
  NODE_APP_INSTANCE: String(id),
})

/** Starts processes of an application as PM2 does in fork mode. */
async function startForks(
  name: string,
  count: number,
  env: Record<string, string> = {},
): Promise<RunningApp[]> {
  const apps = Array.from(
    { length: count },
    (_, id) => new RunningApp('pm2.mjs', { env: { ...pm2(name, id), ...env } }),
  )
  await Promise.all(apps.map((app) => app.url()))
  return apps
}

async function request(apps: readonly RunningApp[]): Promise<void> {
  for (const app of apps) await (await fetch(await app.url(), { headers: { connection: 'close' } })).text()
}

/** Scrapes a URL until it has the metrics of all processes. */
function scrapeAll(url: string, others: number): Promise<Scrape> {
  return eventually(async () => {
    const scraped = await scrape(url).catch(() => undefined)
    if (scraped === undefined || sumOf(scraped, 'vr_otel_scrape_complete') !== 1) return undefined
    return sumOf(scraped, 'vr_otel_workers') === others ? scraped : undefined
  })
}

const instanceOf = (scraped: Scrape): string | undefined =>
  scraped.samples.find(({ name }) => name === 'target_info')?.labels['service_instance_id']

it('processes in fork mode of PM2 answer scrapes with the totals of all, and other applications do not mix', async () => {
  const [apps, others] = await Promise.all([startForks('api', 3), startForks('web', 2)])
  await request([...apps, ...apps, ...others])
  for (const app of apps) expect(sumOf(await scrapeAll(`${await app.url()}/metrics`, 2), REQUESTS)).toBe(6)
  for (const app of others) expect(sumOf(await scrapeAll(`${await app.url()}/metrics`, 1), REQUESTS)).toBe(2)
  await Promise.all([...apps, ...others].map((app) => app.kill('SIGKILL')))
})

it('the aggregator listens on VR_METRICS_PORT, and each successor with the same identity and totals', async () => {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}/metrics`
  let apps = await startForks('port', 4, { VR_METRICS_PORT: String(port) })
  await request(apps)
  const first = await scrapeAll(url, 3)
  expect(sumOf(first, REQUESTS)).toBe(4)
  let total = 4
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const aggregators = apps.filter(({ stderr }) => stderr.includes('metrics at'))
    const aggregator = aggregators.find(({ process }) => process.exitCode === null) as RunningApp
    await request(apps)
    total += apps.length
    await scrapeAll(url, apps.length - 1)
    await aggregator.kill(signal)
    apps = apps.filter((app) => app !== aggregator)
    const next = await scrapeAll(url, apps.length - 1)
    expect([sumOf(next, REQUESTS), instanceOf(next)]).toEqual([total, instanceOf(first)])
  }
  await Promise.all(apps.map((app) => app.kill('SIGKILL')))
})

it('workers in cluster mode of PM2 answer scrapes with the totals of all', async () => {
  const workerEnv = Object.fromEntries(
    [1, 2, 3].map((id) => [id, { pm2_env: JSON.stringify({ ...pm2('cluster', id), pm_id: id, args: [] }) }]),
  )
  const app = await ClusterApp.start({
    flag: false,
    execArgv: ['--import', '@vr/otel/register'],
    workers: 3,
    workerEnv,
  })
  await app.request(12)
  expect(app.answered.size).toBe(3)
  for (let n = 0; n < 4; n++) expect(sumOf(await app.scrape(), REQUESTS)).toBe(12)
  expect(app.app.stderr).not.toContain('warn')
  await app.kill()
})

it.each([
  ['relative', 'an absolute path of at most 92 bytes'],
  [`/${'x'.repeat(92)}`, 'an absolute path of at most 92 bytes, found 93 bytes'],
  [import.meta.filename, `a directory, found a file at ${import.meta.filename}`],
])(
  'VR_CLUSTER_SOCKET=%s is logged with what was expected, and the process exposes its own metrics',
  async (path, expected) => {
    const app = new RunningApp('pm2.mjs', { env: { VR_CLUSTER_SOCKET: path } })
    await request([app])
    expect(sumOf(await scrape(`${await app.url()}/metrics`), REQUESTS)).toBe(1)
    expect(app.stderr).toContain(
      `warn: VR_CLUSTER_SOCKET: got "${path}" as the directory for sockets, expected ${expected}, using only the metrics of this process`,
    )
    await app.kill('SIGKILL')
  },
)
