import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const FLAGS = ['--expose-gc', '--import', '@vr/otel/register']

/** Metrics that every platform has, and those that Linux has in addition. */
const EVERYWHERE = [
  'nodejs_eventloop_time_seconds_total',
  'nodejs_eventloop_utilization_ratio',
  'process_context_switches_total',
  'process_cpu_seconds_total',
  'process_cpu_time_seconds_total',
  'process_memory_usage_bytes',
  'process_paging_faults_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'process_uptime_seconds',
  'v8js_memory_heap_space_available_size_bytes',
  'v8js_memory_heap_space_physical_size_bytes',
  'v8js_memory_heap_space_size_bytes',
  'v8js_memory_heap_used_bytes',
  'v8js_resource_active',
]
const ON_LINUX = [
  'process_disk_io_bytes_total',
  'process_max_fds',
  'process_memory_virtual_bytes',
  'process_open_fds',
]

function processNames({ samples }: Scrape): string[] {
  const names = samples.map(({ name }) => name).filter((name) => /^(process|nodejs|v8js)_/.test(name))
  // These appear after the first delay or collection was measured.
  return [...new Set(names)].filter((name) => !/^(nodejs_eventloop_delay|v8js_gc)_/.test(name)).sort()
}

describe('the group process', () => {
  it('has the metrics of the process from the first scrape, with counters that grow', async () => {
    const before = Date.now() / 1000
    const app = new RunningApp('busy.mjs', { execArgv: FLAGS })
    const url = await app.url()
    const first = await scrape(`${url}/metrics`)
    const isLinux = process.platform === 'linux'
    expect(processNames(first)).toEqual([...EVERYWHERE, ...(isLinux ? ON_LINUX : [])].sort())

    const one = (name: string): number => first.values(name)[''] as number
    expect(one('process_start_time_seconds')).toBeGreaterThan(before - 1)
    expect(one('process_start_time_seconds')).toBeLessThan(Date.now() / 1000)
    expect(one('process_resident_memory_bytes')).toBeGreaterThan(10e6)
    if (isLinux) {
      const limits = readFileSync(`/proc/${app.process.pid}/limits`, 'utf8')
      expect(one('process_max_fds')).toBe(Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]))
      expect(one('process_open_fds')).toBeGreaterThan(0)
      expect(one('process_memory_virtual_bytes')).toBeGreaterThan(one('process_memory_usage_bytes'))
    }

    await (await fetch(`${url}/block`)).text()
    const second = await scrape(`${url}/metrics`)
    const used = (scraped: Scrape) => scraped.values('process_cpu_seconds_total')[''] as number
    expect(used(second)).toBeGreaterThan(used(first))
    const active = (scraped: Scrape) =>
      scraped.values('nodejs_eventloop_time_seconds_total')['nodejs_eventloop_state=active'] as number
    expect(active(second) - active(first)).toBeGreaterThan(0.3)
    await app.kill()
  })

  it('reports how long the event loop was blocked', async () => {
    const app = new RunningApp('busy.mjs', { execArgv: FLAGS })
    const url = await app.url()
    const delays = async () => {
      const scraped = await scrape(`${url}/metrics`)
      const [max, min, uptime] = [
        'nodejs_eventloop_delay_max',
        'nodejs_eventloop_delay_min',
        'process_uptime',
      ].map((name) => scraped.values(`${name}_seconds`)[''])
      return { max, min, uptime }
    }
    // A delay is the time between two samples. Node has taken the first one when a delay is reported.
    await eventually(async () => ((await delays()).max === undefined ? undefined : true))
    await (await fetch(`${url}/block`)).text()
    // The loop is blocked for 0.4 s. A sample is due within 0.1 s of that, so it is at least 0.3 s late.
    const late = await eventually(async () => {
      const reported = await delays()
      return (reported.max ?? 0) > 0.29 ? reported : undefined
    })
    const { uptime } = late // no delay is longer than the process has run
    expect(late.max).toBeLessThan(uptime as number)
    expect(late.min).toBeLessThanOrEqual(late.max as number)
    await app.kill()
  })

  it('counts each garbage collection once', async () => {
    const app = new RunningApp('busy.mjs', { execArgv: FLAGS })
    const url = await app.url()
    for (let n = 0; n < 3; n++) await (await fetch(`${url}/collect`)).text()
    const observed = async (): Promise<number> => Number(await (await fetch(`${url}/collections`)).text())
    // V8 may collect garbage between the requests: only counts between two equal ones of the application are compared.
    const counts = await eventually(async () => {
      const before = await observed()
      const scraped = await scrape(`${url}/metrics`)
      const isStable = before >= 3 && before === (await observed())
      const counted = scraped.values('v8js_gc_duration_seconds_count')['v8js_gc_type=major']
      return isStable ? { counted, before } : undefined
    })
    expect(counts.counted).toBe(counts.before)
    await app.kill()
  })

  it.each([
    [{}, ['0.01', '0.1', '1.0', '10.0', '+Inf']],
    [{ VR_METRICS_BUCKETS_GC: '0.001,0.5' }, ['0.001', '0.5', '+Inf']],
  ])('has the bucket bounds of garbage collections of %j', async (env, bounds) => {
    const app = new RunningApp('busy.mjs', { execArgv: FLAGS, env })
    const url = await app.url()
    await (await fetch(`${url}/collect`)).text()
    const scraped = await scrape(`${url}/metrics`)
    const buckets = scraped.samples.filter(
      ({ name, labels }) => name === 'v8js_gc_duration_seconds_bucket' && labels['v8js_gc_type'] === 'major',
    )
    expect(buckets.map(({ labels }) => labels['le'])).toEqual(bounds)
    await app.kill()
  })

  it('is absent with VR_METRICS_GROUPS=-process', async () => {
    const app = new RunningApp('busy.mjs', { execArgv: FLAGS, env: { VR_METRICS_GROUPS: '-process' } })
    expect(processNames(await scrape(`${await app.url()}/metrics`))).toEqual([])
    await app.kill()
  })
})
