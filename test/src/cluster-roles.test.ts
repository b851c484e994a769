import { expect, it } from 'vitest'
import { ClusterApp, sumOf } from './cluster-app.ts'
import { eventually } from './running-app.ts'
import { scrape } from './scrape.ts'

const FLAG = ['--import', '@vr/otel/register']

const REQUESTS = 'http_requests_total'

it('workers of a primary without the flag log once each that a scrape has the metrics of one worker, and the remedy', async () => {
  const app = await ClusterApp.start({ flag: false, execArgv: FLAG })
  await app.app.waitForOutput(/(warn: this process is a cluster worker[\s\S]*){2}/, 'stderr')
  await app.request(8)
  const scraped = await scrape(`${app.url}/metrics`)
  expect([...app.answered.values()]).toContain(sumOf(scraped, REQUESTS))
  expect(scraped.named('vr_otel_scrape_complete')).toEqual([])
  await app.kill()
  const warnings = app.app.stderr.match(/warn: .*/g)
  expect(warnings).toEqual(
    Array(2).fill(
      'warn: this process is a cluster worker whose primary does not run @vr/otel: a scrape has the metrics of the one worker that answers it. Start the primary with --import @vr/otel/register too, or set VR_CLUSTER_SOCKET for all processes',
    ),
  )
})

it('I14: workers without the flag do not delay a scrape of the primary', async () => {
  const app = await ClusterApp.start({ execArgv: [], env: { VR_METRICS_PORT: '0' } })
  await app.request(2)
  expect(app.app.stderr).toBe('')
  await app.kill()
})

it('the metrics of a worker with VR_OTEL_DISABLED are missing, and a scrape is complete', async () => {
  const app = await ClusterApp.start({ workers: 3, workerEnv: { 2: { VR_OTEL_DISABLED: 'true' } } })
  await app.request(9)
  const expected = app.total - (app.answered.get('2') ?? 0)
  let answered = 0
  await eventually(async () => {
    const answer = await fetch(`${app.url}/metrics`, { headers: { connection: 'close' } })
    const text = await answer.text()
    if (answer.headers.get('x-worker') !== null) return undefined // the worker without telemetry
    if (!/^vr_otel_scrape_complete 1$/m.test(text)) return undefined
    const counts = [...text.matchAll(/^vllm_responses_http_requests_total\{.*\} (\d+)$/gm)]
    expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(expected)
    answered += 1
    return answered === 3 ? true : undefined
  })
  await app.kill()
})

it('workers stand alone if the metrics of their primary are off', async () => {
  const app = await ClusterApp.start({
    env: { VR_METRICS_ENABLED: 'false', VR_TRACING_ENABLED: 'false' },
    workerEnv: { 1: { VR_METRICS_ENABLED: 'true' }, 2: { VR_METRICS_ENABLED: 'true' } },
  })
  await app.request(6)
  expect([...app.answered.values()]).toContain(sumOf(await scrape(`${app.url}/metrics`), REQUESTS))
  await app.kill()
  expect(app.app.stderr).toContain('whose primary does not run @vr/otel')
})
