import { describe, expect, it } from 'vitest'
import { eventsOf, ThreadedApp } from './threaded-app.ts'

/** Starts the program with some threads. */
async function open(...names: readonly string[]): Promise<ThreadedApp> {
  const threads = new ThreadedApp()
  for (const name of names) await threads.run('start', { name })
  return threads
}

/** The counts of all instruments of the threads, in a scrape that no thread is missing from. `open` is the gauge. */
async function read(threads: ThreadedApp) {
  const scraped = await threads.completeScrape()
  const firstOf = (name: string): number | undefined => scraped.named(name)[0]?.value
  return {
    events: eventsOf(scraped),
    sizes: firstOf('sizes_count'),
    open: firstOf('open'),
    live: scraped.values('vr_otel_workers')['state=live'],
  }
}

describe('worker threads', () => {
  it('are added to the metrics of their process in a scrape of its server', async () => {
    const threads = await open('a', 'b')
    await threads.run('record', { name: 'a', count: 3 })
    await threads.run('record', { name: 'b', count: 4 })
    expect(await read(threads)).toEqual({ events: { a: 3, b: 4 }, sizes: 7, open: 7, live: 2 })
    await threads.app.kill()
  })

  it.each(['return', 'exit', 'recordAndExit', 'throw'])(
    'lose nothing when they end by %s, and their gauges are dropped',
    async (how) => {
      const threads = await open('a', 'b')
      await threads.run('record', { name: 'a', count: 3 })
      await threads.run('record', { name: 'b', count: 4 })
      await threads.run('end', { name: 'b', how })
      const b = how === 'recordAndExit' || how === 'throw' ? 5 : 4
      const expected = { events: { a: 3, b }, sizes: 3 + b, open: 3, live: 1 }
      expect(await read(threads)).toEqual(expected)
      await threads.app.kill()
    },
  )

  it('lose nothing that they recorded 50 ms of running before terminate()', async () => {
    const threads = await open('a')
    await threads.run('recordAndRun', { name: 'a', count: 3 })
    await threads.run('terminate', { name: 'a' })
    expect(await read(threads)).toMatchObject({ events: { a: 3 }, sizes: 3, open: undefined, live: 0 })
    await threads.app.kill()
  })

  it('lose nothing that they recorded 50 ms of running before they run out of memory', async () => {
    const threads = await open()
    await threads.run('start', { name: 'a', resourceLimits: { maxOldGenerationSizeMb: 64 } })
    await threads.run('recordAndRun', { name: 'a', count: 3 })
    expect(await threads.run('end', { name: 'a', how: 'exhaustMemory' })).toMatchObject({ code: 1 })
    expect(await read(threads)).toMatchObject({ events: { a: 3 }, sizes: 3, open: undefined, live: 0 })
    await threads.app.kill()
  })

  it('lose nothing while the main thread is blocked', async () => {
    const threads = await open('a')
    const blocked = threads.run('block', { ms: 300 })
    const ended = threads.run('end', { name: 'a', how: 'recordAndExit' })
    await Promise.all([blocked, ended])
    expect(await read(threads)).toMatchObject({ events: { a: 1 }, sizes: 1 })
    await threads.app.kill()
  })

  it('include threads that threads have started', async () => {
    const threads = await open('a')
    await threads.run('nested', { name: 'a', count: 5 })
    expect((await read(threads)).events).toEqual({ 'a/nested': 5 })
    await threads.run('terminate', { name: 'a' })
    expect(await read(threads)).toMatchObject({ events: { 'a/nested': 5 }, live: 0 })
    await threads.app.kill()
  })

  it('without the flag are not waited for', async () => {
    const threads = await open('a')
    await threads.run('start', { name: 'b', execArgv: [] })
    await threads.run('record', { name: 'a', count: 3 })
    await threads.run('record', { name: 'b', count: 4 })
    expect(await read(threads)).toEqual({ events: { a: 3 }, sizes: 3, open: 3, live: 1 })
    await threads.app.kill()
  })

  it('have the listeners of the application only', async () => {
    const [withFlag, without] = [await open('a'), new ThreadedApp({}, [])]
    await without.run('start', { name: 'a' })
    const listeners = { ...(await without.run('listeners', { name: 'a' })), id: expect.any(Number) }
    expect(await withFlag.run('listeners', { name: 'a' })).toEqual(listeners)
    await Promise.all([withFlag.app.kill(), without.app.kill()])
  })

  it('count process-wide metrics once', async () => {
    const threads = await open('a', 'b')
    const before = (await threads.run('cpuSeconds')).seconds
    const scraped = await threads.scrape()
    const after = (await threads.run('cpuSeconds')).seconds
    const cpu = scraped.values('process_cpu_seconds_total')['']
    expect(cpu).toBeGreaterThanOrEqual(before as number)
    expect(cpu).toBeLessThanOrEqual(after as number)
    expect(scraped.named('process_resident_memory_bytes')).toHaveLength(1)
    await threads.app.kill()
  })
})
