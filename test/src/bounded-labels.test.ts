import http, { Agent } from 'node:http'
import { expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const CONCURRENT = 16

/** Requests `/0`, `/1`, … and resolves when the headers of all responses have arrived. */
async function drive(url: string, requests: number): Promise<Agent> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < requests) {
      const path = `/${next++}`
      await new Promise<void>((resolve, reject) => {
        const request = http.get(`${url}${path}`, { agent }, (response) => {
          response.resume().on('error', () => {})
          resolve()
        })
        request.on('error', reject)
      })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  return agent
}

it('bounds labels made from paths, error names and host names, and logs and counts the replaced values', async () => {
  const groups = 'default,http_semconv'
  const env = {
    VR_METRICS_GROUPS: groups,
    VR_METRICS_CARDINALITY_LIMIT: '100000',
    VR_TRACING_ENABLED: 'false',
  }
  const app = new RunningApp('hostile-labels.mjs', { env })
  const url = await app.url()
  const agent = await drive(url, 1500)
  agent.destroy()
  const scraped = await scrape(`${url}/metrics`)
  const distinct = (name: string, label: string): number =>
    new Set(scraped.named(name).map(({ labels }) => labels[label])).size

  expect(distinct('http_requests_total', 'route')).toBe(1000)
  expect(distinct('http_server_request_duration_seconds_count', 'http_route')).toBe(1000)
  expect(distinct('http_client_request_duration_seconds_count', 'server_address')).toBe(101)
  expect(distinct('http_client_request_duration_seconds_count', 'error_type')).toBe(51)
  for (const { labels } of scraped.samples)
    for (const value of Object.values(labels)) expect(value.length).toBeLessThanOrEqual(256)

  const cut = scraped.values('vr_otel_values_cut_total')
  expect(cut).toMatchObject({ 'label=error.type': 1450, 'label=server.address': 1400 })
  expect(cut['label=route']).toBeGreaterThanOrEqual(501)
  for (const label of ['route', 'error.type', 'server.address'])
    expect(app.stderr.split(`label "${label}" reached its limit of `)).toHaveLength(2)
  await app.kill()
})

it.each([
  ['off', {}],
  ['on, at 100 %', { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1' }],
])('does not retain route templates and server names of 200 kB, with tracing %s', async (_, env) => {
  const app = new RunningApp('huge-templates.mjs', {
    env: { ...env, VR_OTEL_LOG_LEVEL: 'error' },
    execArgv: ['--expose-gc', '--import', '@vr/otel/register'],
  })
  const url = await app.url()
  const agent = await drive(url, 600)
  const heap = Number(await (await fetch(`${url}/heap`)).text())
  // If the texts were kept: 600 of 200 kB are 120 MB, six times the limit. The 200 requests that are open use the rest.
  expect(heap).toBeLessThan(20e6)
  agent.destroy()
  await app.kill()
})
