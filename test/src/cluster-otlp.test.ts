import { afterAll, beforeAll, expect, it } from 'vitest'
import { ClusterApp, sumOf } from './cluster-app.ts'
import { eventually, RunningApp } from './running-app.ts'

interface Metric {
  readonly service: string
  readonly resource: Readonly<Record<string, unknown>>
  readonly name: string
  readonly sum?: {
    readonly dataPoints: readonly { readonly asDouble?: number; readonly asInt?: string }[]
    readonly aggregationTemporality: number
  }
}

let sink: RunningApp
let sinkUrl: string
let services = 0

beforeAll(async () => {
  const env = { GRPC_PORT: '0', HTTP_PORT: '0' }
  sink = new RunningApp('../../examples/src/otlp-receiver.ts', { flag: false, env })
  sinkUrl = await sink.url()
})

afterAll(async () => {
  await sink.kill()
})

/** Starts a cluster that pushes to the sink, as a service of its own. */
async function start(env: Readonly<Record<string, string>> = {}) {
  const service = `cluster ${++services}`
  const pushed = {
    OTEL_SERVICE_NAME: service,
    VR_METRICS_EXPORTER: 'otlp,prometheus',
    VR_METRICS_EXPORT_INTERVAL_MS: '100',
    VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf',
    VR_OPENTELEMETRY_HOST: '127.0.0.1',
    VR_OPENTELEMETRY_PORT: new URL(sinkUrl).port,
  }
  return { service, app: await ClusterApp.start({ env: { ...pushed, ...env } }) }
}

/** Returns the metric as the sink received it last: one for each service instance. */
async function received(service: string, name: string): Promise<Metric[]> {
  const { metrics } = (await (await fetch(`${sinkUrl}/metrics`)).json()) as { metrics: Metric[] }
  return metrics.filter((metric) => metric.service === service && metric.name === name)
}

const totalOf = ({ sum }: Metric): number =>
  (sum?.dataPoints ?? []).reduce((total, { asDouble, asInt }) => total + Number(asDouble ?? asInt), 0)

it('the primary alone pushes the metrics of all workers, as the instance that scrapes have', async () => {
  const { app, service } = await start()
  await app.request(12)
  const [metric, ...others] = await eventually(async () => {
    const found = await received(service, 'vllm_responses.http.requests')
    return found[0] !== undefined && totalOf(found[0]) === 12 ? found : undefined
  })
  expect(others).toEqual([])
  const target = (await app.scrape()).samples.find(({ name }) => name === 'target_info')
  expect(metric?.resource['service.instance.id']).toBe(target?.labels['service_instance_id'])
  await app.kill()
  expect(app.app.stderr.match(/metrics at .* every 0\.1 s/g)).toHaveLength(1)
})

it('with VR_CLUSTER_OTLP=workers each worker pushes its own metrics, and a scrape has those of all', async () => {
  const { app, service } = await start({ VR_CLUSTER_OTLP: 'workers' })
  await app.request(12)
  const found = await eventually(async () => {
    const metrics = await received(service, 'vllm_responses.http.requests')
    return metrics.reduce((sum, metric) => sum + totalOf(metric), 0) === 12 ? metrics : undefined
  })
  expect(found.map(totalOf).toSorted()).toEqual([...app.answered.values()].toSorted())
  expect(new Set(found.map(({ resource }) => resource['service.instance.id'])).size).toBe(2)
  expect(sumOf(await app.scrape(), 'http_requests_total')).toBe(12)
  await app.kill()
})

it('with delta temporality the last push of a primary has what its workers counted since the one before', async () => {
  const { app, service } = await start({
    VR_METRICS_TEMPORALITY: 'delta',
    VR_METRICS_EXPORT_INTERVAL_MS: '86400000',
  })
  await app.request(9)
  app.command(1, 'count', 4)
  await eventually(async () => (sumOf(await app.scrape(), 'jobs_total') === 4 ? true : undefined))
  expect(await app.app.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' })
  const [requests] = await received(service, 'vllm_responses.http.requests')
  expect([requests?.sum?.aggregationTemporality, requests && totalOf(requests)]).toEqual([1, 9])
  expect((await received(service, 'jobs')).map(totalOf)).toEqual([4])
})
