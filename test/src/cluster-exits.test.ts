import { describe, expect, it } from 'vitest'
import { ClusterApp, sumOf } from './cluster-app.ts'

/** Commands of a worker that count 7 jobs and end the worker in the same turn of the event loop, and how it ends. */
const ENDS: readonly [name: string, args: readonly unknown[], end: string][] = [
  ['countAndExit', [7, 3], '3'],
  ['countInExitListener', [7], '0'],
  ['countAndThrow', [7], '1'],
  ['countAndDisconnect', [7], '0'],
]

describe('I3: a worker that ends in order', () => {
  it.each(ENDS)('loses nothing with %s %j, and ends as without telemetry', async (name, args, end) => {
    const [app, bare] = await Promise.all([ClusterApp.start(), ClusterApp.start({ flag: false })])
    for (const one of [app, bare]) one.command(1, name, ...args)
    expect([await app.ended(1), await bare.ended(1)]).toEqual([end, end])
    expect(sumOf(await app.scrape(), 'jobs_total')).toBe(7)
    await Promise.all([app.kill(), bare.kill()])
  })

  it('loses nothing with a signal that it does not handle, after a request', async () => {
    const app = await ClusterApp.start()
    while (!app.answered.has('1')) await app.request(1)
    app.command(1, 'countAndKill', 7, 'SIGTERM')
    expect(await app.ended(1)).toBe('SIGTERM')
    const scraped = await app.scrape()
    expect(sumOf(scraped, 'jobs_total')).toBe(7)
    expect(sumOf(scraped, 'http_requests_total')).toBe(app.total)
    await app.kill()
  })

  it('loses nothing when the primary disconnects it', async () => {
    const app = await ClusterApp.start()
    app.command(1, 'count', 7)
    app.command(0, 'disconnect', 1)
    expect(await app.ended(1)).toBe('0')
    expect(sumOf(await app.scrape(), 'jobs_total')).toBe(7)
    await app.kill()
  })

  it('counts a request after whose answer it calls process.exit', async () => {
    const app = await ClusterApp.start({ workers: 4 })
    for (const path of ['exit-in-callback', 'exit-at-once', 'exit-at-finish']) {
      const answer = await fetch(`${app.url}/${path}`, { headers: { connection: 'close' } })
      expect(await answer.text()).toBe('bye')
      expect(await app.ended(Number(answer.headers.get('x-worker')))).toBe('0')
    }
    expect(sumOf(await app.scrape(), 'http_requests_total')).toBe(3)
    await app.kill()
  })
})
