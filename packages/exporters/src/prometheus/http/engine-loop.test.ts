import { EngineMetrics } from '@vr/otel-metrics/engine'
import { expect, it } from 'vitest'
import { request } from '../../testing/loopback.ts'
import { SMALL, startEndpoint } from '../../testing/scrape-endpoint.ts'

it('U10: an endpoint that is its own engine is scraped once, and the loop is reported', async () => {
  let collected = 0
  let engines: EngineMetrics | undefined
  const port = await startEndpoint(async () => {
    collected += 1
    await engines?.collect()
    return SMALL
  })
  const url = new URL(`http://127.0.0.1:${port}/metrics`)
  engines = new EngineMetrics({
    upstreams: [{ name: 'self', url }],
    include: [],
    exclude: [],
    labels: {},
    timeoutMs: 60_000,
  })
  expect((await request(port)).status).toBe(200)
  expect(engines.state()).toMatchObject([{ isUp: false, lastError: { fault: 'loop' } }])
  expect(collected).toBe(1)
})
