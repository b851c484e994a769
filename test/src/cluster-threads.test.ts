import { expect, it } from 'vitest'
import { eventually, RunningApp } from './running-app.ts'
import { completeScrape, eventsOf } from './threaded-app.ts'

const ANNOUNCED = /(at (http:\S+)[\s\S]*){2}/

/** Requests a path of the application over a connection of its own, so that the workers take turns. */
async function request(url: string, path: string): Promise<void> {
  const answer = await fetch(`${url}${path}`, { headers: { connection: 'close' } })
  expect(await answer.text()).toBe('ok')
}

it('threads of cluster workers, and their threads, are in the scrape of every worker', async () => {
  const app = new RunningApp('cluster-threads.mjs')
  const [, , url = ''] = await app.waitForOutput(ANNOUNCED)
  for (let i = 0; i < 10; i++) await request(url, '/')
  for (let i = 0; i < 4; i++) {
    const scraped = await completeScrape(`${url}/metrics`)
    expect(eventsOf(scraped)).toEqual({ nested: 2, thread: 10 })
    expect(scraped.values('vr_otel_workers')).toEqual({ 'state=live': 6, 'state=stale': 0 })
  }
  await app.kill()
})

it.each(['/exit', '/kill'])('threads of a worker that ends by %s lose nothing', async (path) => {
  const app = new RunningApp('cluster-threads.mjs')
  const [, , url = ''] = await app.waitForOutput(ANNOUNCED)
  for (let i = 0; i < 3; i++) await request(url, '/')
  await request(url, path)
  await app.waitForOutput(/a worker has ended/)
  const scraped = await eventually(async () => {
    const scraped = await completeScrape(`${url}/metrics`)
    return scraped.values('vr_otel_workers')['state=live'] === 3 ? scraped : undefined
  })
  expect(eventsOf(scraped)).toEqual({ nested: 2, thread: 4 })
  await app.kill()
})
