import { beforeAll, describe, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const RULES = 'level.sum=sum,level.max=max,level.min=min,level.mean=mean,observed.max=max'

/** Returns the values of an instrument of the application, whose series have the labels of its scope. */
function valuesOf(scraped: Scrape, name: string): Record<string, number> {
  return Object.fromEntries(scraped.named(name).map(({ labels, value }) => [labels['worker'] ?? '', value]))
}

/** Scrapes until the answer has the newest values of all workers. On a loaded machine, workers may answer too late. */
function completeScrape(url: string): Promise<Scrape> {
  return eventually(async () => {
    const current = await scrape(`${url}/metrics`)
    return current.values('vr_otel_scrape_complete')[''] === 1 ? current : undefined
  })
}

describe('gauges of three cluster workers', () => {
  let app: RunningApp
  let url: string
  let scraped: Scrape

  beforeAll(async () => {
    app = new RunningApp('worker-gauges.mjs', { env: { VR_CLUSTER_GAUGES: RULES } })
    url = await app.url()
    scraped = await eventually(async () => {
      const current = await completeScrape(url)
      return current.values('vr_otel_workers')['state=live'] === 3 ? current : undefined
    })
  })

  it.each([
    ['level_sum', 14],
    ['level_max', 9],
    ['level_min', 1],
    ['level_mean', 14 / 3],
    ['observed_max', 30],
  ])('%s follows its rule in VR_CLUSTER_GAUGES', (name, value) => {
    expect(valuesOf(scraped, name)).toEqual({ '': value })
  })

  it('without a rule have one series for each worker', () => {
    const values = valuesOf(scraped, 'level_by_default')
    expect(Object.keys(values).sort()).toEqual(['0', '1', '2'])
    expect(Object.values(values).sort()).toEqual([1, 4, 9])
  })

  it('that are up-down counters are added', () => {
    expect(valuesOf(scraped, 'open')).toEqual({ '': 6 })
  })

  it('of the process are those of one target', () => {
    const one = (name: string): number => scraped.values(name)[''] as number
    expect(one('process_uptime_seconds')).toBeCloseTo(
      Date.now() / 1000 - one('process_start_time_seconds'),
      0,
    )
    expect(one('nodejs_eventloop_utilization_ratio')).toBeLessThanOrEqual(1)
    expect(one('process_open_fds')).toBeLessThan(one('process_max_fds'))
    // four processes of Node, each of at least 25 MB
    expect(one('process_resident_memory_bytes')).toBeGreaterThan(100e6)
  })

  it('count the requests in flight of all workers, and none of a worker that was killed', async () => {
    const request = (path: string) =>
      fetch(url + path, { headers: { connection: 'close' } }).catch(() => undefined)
    const inFlight = async (): Promise<number | undefined> =>
      (await completeScrape(url)).values('http_in_flight_requests')['']
    const held = Array.from({ length: 3 }, () => request('/hold'))
    await app.waitForOutput(/(held\n[\s\S]*){3}/)
    expect(await inFlight()).toBe(3)
    await request('/die')
    const [, ofKilled] = await app.waitForOutput(/holds (\d)/)
    expect(Number(ofKilled)).toBeGreaterThan(0)
    // The primary may not have noticed the end yet.
    await eventually(async () => ((await inFlight()) === 3 - Number(ofKilled) ? true : undefined))
    const after = await completeScrape(url)
    expect(after.values('vr_otel_workers')).toEqual({ 'state=live': 2, 'state=stale': 0 })
    await app.kill('SIGKILL')
    await Promise.all(held)
  })
})
