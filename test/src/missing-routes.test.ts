import { describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

const WARNING = /warn: no routes: fastify is loaded, but the first 100 requests all have route="unmatched"/g

/** Returns the number of warnings that a program logs for 150 requests with unknown paths. */
async function warningsOf(app: string, first: string): Promise<number> {
  const running = new RunningApp(app)
  const url = await running.url()
  await (await fetch(url + first)).text()
  for (let i = 0; i < 150; i++) await (await fetch(`${url}/unknown/${i}`)).text()
  await running.kill()
  return running.stderr.match(WARNING)?.length ?? 0
}

describe('a hundred requests without a route', () => {
  it.each([
    ['log one warning if a framework is loaded', 'traced.mjs', '/unknown', 1],
    ['log no warning if one request had a route', 'traced.mjs', '/fails', 0],
    ['log no warning without a framework', 'plain.mjs', '/', 0],
  ])('%s', async (_what, app, first, count) => {
    expect(await warningsOf(app, first)).toBe(count)
  })
})
