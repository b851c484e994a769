import { expect, it } from 'vitest'
import { ClusterApp } from './cluster-app.ts'
import { EngineEndpoint } from './engine-endpoint.ts'
import { RunningApp } from './running-app.ts'

const PREFIX = 'vllm_responses_sse_'
const REQUESTS = 'vllm_responses_http_requests'

interface Metric {
  readonly name: string
  readonly value: number
}

it('each worker and the primary have one snapshot: that of all workers', async () => {
  const app = await ClusterApp.start({ workers: 2 })
  await app.request(20)
  await app.scrape()
  const ofWorker = async (query: string): Promise<readonly Metric[]> => {
    const answer = await fetch(`${app.url}/snapshot?${query}`, { headers: { connection: 'close' } })
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
    return (await answer.json()) as readonly Metric[]
  }
  const total = (metrics: readonly Metric[]): number => metrics.reduce((sum, { value }) => sum + value, 0)
  expect(total(await ofWorker(`name[]=${REQUESTS}_total`))).toBeGreaterThanOrEqual(20)
  const sse = await ofWorker(`prefix[]=${PREFIX}`)
  app.command(0, 'snapshot', PREFIX)
  const [, ofPrimary = ''] = await app.app.waitForOutput(/snapshot (\[.*\])/)
  expect(JSON.parse(ofPrimary)).toEqual(sse)
  expect(sse.map(({ name }) => name)).toContain('vllm_responses_sse_connections_in_flight')
  await app.kill()
})

it('the handler needs the token of the metrics endpoint, and GET', async () => {
  const app = await ClusterApp.start({ workers: 1, env: { VR_METRICS_TOKEN: 'secret' } })
  const status = async (init: RequestInit): Promise<number> => {
    const answer = await fetch(`${app.url}/snapshot`, init)
    await answer.arrayBuffer()
    return answer.status
  }
  const headers = { authorization: 'Bearer secret' }
  expect(await status({})).toBe(401)
  expect(await status({ headers, method: 'POST' })).toBe(405)
  await expect.poll(() => status({ headers, method: 'HEAD' })).toBe(200)
  await app.kill()
})

it('a read keeps the process alive until an engine has answered, and no longer', async () => {
  const engine = await EngineEndpoint.start(
    '# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running 3\n',
  )
  const app = new RunningApp('reads-metrics.mjs', { env: { VR_ENGINE_METRICS_URL: engine.url } })
  expect({ ...(await app.exit()), stdout: app.stdout, stderr: app.stderr }).toEqual({
    code: 0,
    signal: null,
    stdout: '1 series\n',
    stderr: '',
  })
})
