import { expect, it } from 'vitest'
import { ClusterApp } from './cluster-app.ts'
import { EngineEndpoint } from './engine-endpoint.ts'
import { RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

const TEXT = 'text/plain; version=0.0.4'

const exposition = (tokens: number): string => `# HELP vllm:num_requests_running Running requests.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0"} 3.0
# HELP vllm:generation_tokens_total Generated tokens.
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0"} ${tokens}
# HELP vllm:iteration_tokens_total Tokens per step.
# TYPE vllm:iteration_tokens_total histogram
vllm:iteration_tokens_total_bucket{engine="0",le="1.0"} 2.0
vllm:iteration_tokens_total_bucket{engine="0",le="+Inf"} 3.0
vllm:iteration_tokens_total_count{engine="0"} 3.0
vllm:iteration_tokens_total_sum{engine="0"} 15.5
# TYPE vllm:latency summary
vllm:latency{quantile="0.5"} 0.25
vllm:latency_count 4
vllm:latency_sum 1
# TYPE python_info gauge
python_info 1
`

/** The lines about metrics of engines. */
const engineLines = ({ text }: Scrape): string[] =>
  text.split('\n').filter((line) => /^(# [A-Z]+ )?(vllm:|python_)/.test(line))

it('a scrape has the metrics of the engines under their own names, once, in both formats', async () => {
  const [first, second] = [
    await EngineEndpoint.start(exposition(160)),
    await EngineEndpoint.start(exposition(7)),
  ]
  const app = new RunningApp('own-counter.mjs', {
    env: {
      VR_ENGINE_METRICS_URL: `a=${first.url},${second.url}`,
      VR_ENGINE_METRICS_LABELS: 'zone=z',
      VR_METRICS_CONST_LABELS: 'cell=c',
    },
  })
  const url = `${await app.url()}/metrics`
  const [a, b] = [
    'cell="c",engine="0",upstream="a",zone="z"',
    `cell="c",engine="0",upstream="${second.host}",zone="z"`,
  ]
  const [plainA, plainB] = [a, b].map((labels) => labels.replace('engine="0",', ''))
  const samples = (labels: string, plain: string | undefined, tokens: number) => ({
    gauge: `vllm:num_requests_running{${labels}} 3`,
    counter: `vllm:generation_tokens_total{${labels}} ${tokens}`,
    histogram: [
      `vllm:iteration_tokens_total_bucket{le="1.0",${labels}} 2`,
      `vllm:iteration_tokens_total_bucket{le="+Inf",${labels}} 3`,
      `vllm:iteration_tokens_total_count{${labels}} 3`,
      `vllm:iteration_tokens_total_sum{${labels}} 15.5`,
    ],
    summary: [
      `vllm:latency{quantile="0.5",${plain}} 0.25`,
      `vllm:latency_count{${plain}} 4`,
      `vllm:latency_sum{${plain}} 1`,
    ],
  })
  const [ofA, ofB] = [samples(a, plainA, 160), samples(b, plainB, 7)]
  const lines = (counter: string): string[] => [
    '# HELP vllm:num_requests_running Running requests.',
    '# TYPE vllm:num_requests_running gauge',
    ofA.gauge,
    ofB.gauge,
    `# HELP ${counter} Generated tokens.`,
    `# TYPE ${counter} counter`,
    ofA.counter,
    ofB.counter,
    '# HELP vllm:iteration_tokens_total Tokens per step.',
    '# TYPE vllm:iteration_tokens_total histogram',
    ...ofA.histogram,
    ...ofB.histogram,
    '# TYPE vllm:latency summary',
    ...ofA.summary,
    ...ofB.summary,
  ]
  expect(engineLines(await scrape(url, TEXT)).sort()).toEqual(lines('vllm:generation_tokens_total').sort())
  const openMetrics = await scrape(url)
  expect(engineLines(openMetrics).sort()).toEqual(lines('vllm:generation_tokens').sort())
  expect(openMetrics.values('vr_otel_engine_up')).toEqual({
    'cell=c,upstream=a': 1,
    [`cell=c,upstream=${second.host}`]: 1,
  })
  // The check of readiness requests them too.
  for (const { requests } of [first, second]) expect(requests).toBeGreaterThanOrEqual(2)
})

it('a scrape of an engine that never answers has our metrics after the deadline, and the last ones of the engine', async () => {
  const engine = await EngineEndpoint.start(exposition(160))
  const app = new RunningApp('own-counter.mjs', {
    env: { VR_ENGINE_METRICS_URL: `a=${engine.url}`, VR_ENGINE_METRICS_TIMEOUT_MS: '100' },
  })
  const url = await app.url()
  await fetch(url)
  await scrape(`${url}/metrics`)
  engine.text = undefined
  const scraped = await scrape(`${url}/metrics`)
  expect(scraped.values('jobs_total')).toEqual({ 'otel_scope_name=shop,queue=mail': 2 })
  expect(scraped.values('vllm:generation_tokens_total')).toEqual({ 'engine=0,upstream=a': 160 })
  expect(scraped.values('vr_otel_engine_up')).toEqual({ 'upstream=a': 0 })
  const { 'reason=timeout,upstream=a': timeouts, ...others } = scraped.values('vr_otel_engine_errors_total')
  expect(timeouts).toBeGreaterThanOrEqual(1) // the check of readiness can time out too
  expect(others).toEqual({})
})

it('metrics of an engine with names of ours are not exposed, with a warning', async () => {
  const name = 'vllm_responses_http_requests_total'
  const engine = await EngineEndpoint.start(`# TYPE ${name} counter\n${name} 5\nvr_x 1\n`)
  const app = new RunningApp('own-counter.mjs', {
    env: { VR_ENGINE_METRICS_URL: `a=${engine.url}`, VR_ENGINE_METRICS_INCLUDE: '*' },
  })
  const url = await app.url()
  await fetch(url)
  const scraped = await scrape(`${url}/metrics`)
  expect(Object.values(scraped.values('http_requests_total'))).toEqual([1])
  expect(scraped.values('vr_x')).toEqual({ 'upstream=a': 1 })
  await app.waitForOutput(new RegExp(`${name} of an engine or another library is not exposed`), 'stderr')
})

it('in a cluster, the primary reads the engines, and a scrape of any worker has their metrics once', async () => {
  const [engine, ofWorkers] = [
    await EngineEndpoint.start(exposition(160)),
    await EngineEndpoint.start(exposition(1)),
  ]
  const workerEnv = { VR_ENGINE_METRICS_URL: `a=${ofWorkers.url}` }
  const app = await ClusterApp.start({
    workers: 3,
    env: { VR_ENGINE_METRICS_URL: `a=${engine.url}` },
    workerEnv: { 1: workerEnv, 2: workerEnv, 3: workerEnv },
  })
  await app.request(6)
  const expected = engineLines(await app.scrape())
  expect(expected).toContain('vllm:generation_tokens_total{engine="0",upstream="a"} 160')
  for (let n = 0; n < 5; n += 1) {
    const scraped = await app.scrape()
    expect(engineLines(scraped)).toEqual(expected)
    expect(scraped.values('vr_otel_engine_up')).toEqual({ 'upstream=a': 1 })
  }
  expect(engine.requests).toBeGreaterThanOrEqual(6)
  expect(ofWorkers.requests).toBe(0)
})
