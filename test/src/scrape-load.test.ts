import { describe, expect, it } from 'vitest'
import { outcomesOf, Scraper } from '../../packages/exporters/src/testing/scraper.ts'
import { RunningApp } from './running-app.ts'

/** Bytes that all sockets together are given in one turn of the event loop, and response headers. */
const TURN = 256 * 1024 + 64 * 1024

async function start(env: Record<string, string>) {
  const app = new RunningApp('many-series.mjs', { env: { VR_OTEL_GLOBALS: 'on', ...env } })
  const url = await app.url()
  const text = async (path: string): Promise<string> => (await fetch(url + path)).text()
  await text('/')
  const port = Number(new URL(await app.metricsUrl()).port)
  return { app, port, text, applicationPort: Number(new URL(url).port) }
}

describe.each([
  ["the application's own server", {}],
  ['a separate listener', { VR_METRICS_PORT: '0' }],
])('on %s', (_, env: Record<string, string>) => {
  it('200 clients that do not read block neither a scrape from another address nor the application', async () => {
    const { app, port, text } = await start(env)
    const stuck = Array.from({ length: 200 }, () => new Scraper(port))
    await Promise.all(stuck.map((client) => client.take(1)))
    const real = new Scraper(port, { from: '127.0.0.2' })
    expect(await outcomesOf([real])).toEqual({ whole: 1 })
    expect(real.received).toBeGreaterThan(20_000_000)
    expect(await text('/')).toBe('hello')
    expect(Number(await text('/turns'))).toBeLessThan(TURN)
    expect(stuck.filter(({ status }) => status === 503)).toHaveLength(192)
    for (const { socket } of stuck) socket.destroy()
    await app.kill()
  })

  it('answers a scrape with a target in absolute form and does not count it as a request', async () => {
    const { app, port, applicationPort } = await start({ ...env, VR_OTEL_GLOBALS: 'off' })
    const first = new Scraper(port, { path: 'http://gateway.example/metrics' })
    expect(await outcomesOf([first])).toEqual({ whole: 1 })
    await new Scraper(applicationPort, { path: 'http://gateway.example/v1/models' }).rest()
    const second = new Scraper(port, {
      path: 'http://gateway.example/metrics?name[]=vllm_responses_http_requests_total',
    })
    await second.rest()
    const counts = [...second.text.matchAll(/^vllm_responses_http_requests_total\{.*\} (\d+)$/gm)]
    expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(2) // of / and /v1/models
    await app.kill()
  })
})
