import { expect, it } from 'vitest'
import { eventsOf, ThreadedApp } from './threaded-app.ts'

/** The start of a thread takes up to a second while other tests run. */
const TIMEOUT_MS = 240_000

/** Less than the values of one thread, its channel or its `Worker`; the heap varies by half of it. */
const BYTES_PER_THREAD = 10_000

it(
  'the main thread keeps no memory of ended threads',
  async () => {
    const threads = new ThreadedApp({}, ['--expose-gc', '--import', '@vr/otel/register'])
    const heapAfter = async (count: number): Promise<number> => {
      await threads.run('startMany', { count })
      await threads.completeScrape()
      return (await threads.run('heap')).bytes ?? Number.NaN
    }
    const before = await heapAfter(15)
    const after = await heapAfter(30)
    expect(after - before).toBeLessThan(30 * BYTES_PER_THREAD)
    expect(eventsOf(await threads.completeScrape())).toEqual({ short: 45 })
    await threads.app.kill()
  },
  TIMEOUT_MS,
)
