import { expect, it } from 'vitest'
import { type JsonSink, startJsonSink } from '../backends/start/json-sink.ts'
import { ClusterApp } from './cluster-app.ts'
import { EngineEndpoint } from './engine-endpoint.ts'
import { eventually, RunningApp } from './running-app.ts'

const [CUMULATIVE, DELTA] = [2, 1]

/** An exposition with a counter, a histogram with twice as many observations, a gauge and a summary. */
const exposition = (total: number): string => `# HELP vllm:tokens_total Generated tokens.
# TYPE vllm:tokens_total counter
vllm:tokens_total{engine="0"} ${total}
# TYPE vllm:latency_seconds histogram
vllm:latency_seconds_bucket{le="0.5"} ${total}
vllm:latency_seconds_bucket{le="+Inf"} ${2 * total}
vllm:latency_seconds_count ${2 * total}
vllm:latency_seconds_sum ${1.5 * total}
# TYPE vllm:running gauge
vllm:running ${total}
# TYPE vllm:lookups summary
vllm:lookups_count ${total}
vllm:lookups_sum ${total}
`

interface Point {
  readonly attributes: readonly { key: string; value: { stringValue: string } }[]
  readonly startTimeUnixNano: string
  readonly timeUnixNano: string
  readonly asDouble?: number
  readonly count?: number
  readonly sum?: number
  readonly bucketCounts?: readonly number[]
  readonly explicitBounds?: readonly number[]
}

interface Data {
  readonly aggregationTemporality: number
  readonly isMonotonic?: boolean
  readonly dataPoints: readonly Point[]
}

interface Metric {
  readonly name: string
  readonly description: string
  readonly sum?: Data
  readonly gauge?: Data
  readonly histogram?: Data
}

interface Body {
  readonly resourceMetrics: readonly { scopeMetrics: readonly { metrics: readonly Metric[] }[] }[]
}

/** Settings that push the metrics of an engine to a sink. */
const pushed = (engine: EngineEndpoint, { port }: JsonSink, temporality: string): Record<string, string> => ({
  VR_ENGINE_METRICS_URL: `a=${engine.url}`,
  VR_METRICS_EXPORTER: 'otlp,prometheus',
  VR_METRICS_EXPORT_INTERVAL_MS: '50',
  VR_METRICS_TEMPORALITY: temporality,
  VR_OPENTELEMETRY_PROTOCOL: 'http/json',
  VR_OPENTELEMETRY_HOST: '127.0.0.1',
  VR_OPENTELEMETRY_PORT: String(port),
})

/** Starts an application that pushes the metrics of an engine. */
async function start(temporality: string) {
  const [engine, sink] = [await EngineEndpoint.start(exposition(10)), await startJsonSink()]
  const app = new RunningApp('own-counter.mjs', { env: pushed(engine, sink, temporality) })
  await app.url()
  return { engine, sink, app }
}

/** Returns everything that was received of a metric, in its order. */
function received({ received }: JsonSink, name: string): Metric[] {
  return (received as Body[])
    .flatMap(({ resourceMetrics }) => resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics))
    .flatMap(({ metrics }) => metrics.filter((metric) => metric.name === name))
}

const pointsOf = (metrics: readonly Metric[]): Point[] =>
  metrics.flatMap(({ sum, gauge, histogram }) => (sum ?? gauge ?? histogram)?.dataPoints ?? [])

const numberOf = ({ asDouble = Number.NaN }: Point): number => asDouble

/** Returns the value that a counter was received with last. */
const lastOf = (sink: JsonSink, name: string): number | undefined =>
  pointsOf(received(sink, name)).map(numberOf).at(-1)

/** Waits until the gauge was received with a value: then all metrics of the collection were. */
async function waitForGauge(sink: JsonSink, value: number): Promise<void> {
  await eventually(async () => lastOf(sink, 'vllm:running') === value || undefined)
}

/** Returns values without those that are equal to the one before. */
const changesOf = <Value>(values: readonly Value[]): Value[] =>
  values.filter((value, at) => value !== values[at - 1])

it('a push has the cumulative values of an engine, which start anew when it restarts', async () => {
  const { engine, sink, app } = await start('cumulative')
  await waitForGauge(sink, 10)
  engine.text = exposition(30)
  await waitForGauge(sink, 30)
  engine.text = exposition(4)
  await waitForGauge(sink, 4)
  await app.kill()
  const counters = received(sink, 'vllm:tokens_total')
  expect(counters[0]?.description).toBe('Generated tokens.')
  for (const { sum } of counters)
    expect(sum).toMatchObject({ aggregationTemporality: CUMULATIVE, isMonotonic: true })
  const points = pointsOf(counters)
  expect(points[0]?.attributes.map(({ key, value }) => [key, value.stringValue])).toEqual([
    ['engine', '0'],
    ['upstream', 'a'],
  ])
  expect(changesOf(points.map(numberOf))).toEqual([10, 30, 4])
  const starts = changesOf(points.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano)))
  expect(starts).toHaveLength(2)
  const [last, first] = [
    points.findLast((point) => numberOf(point) === 30),
    points.find((point) => numberOf(point) === 4),
  ]
  // The engine restarted between these two collections.
  expect(starts[1]).toBe(BigInt(last?.timeUnixNano ?? 0))
  expect(BigInt(first?.timeUnixNano ?? 0)).toBeGreaterThan(starts[1] as bigint)
  expect(pointsOf(received(sink, 'vllm:latency_seconds')).at(-1)).toMatchObject({
    count: 8,
    sum: 6,
    bucketCounts: [4, 4],
    explicitBounds: [0.5],
  })
  expect(received(sink, 'vllm:lookups')).toEqual([])
  expect(lastOf(sink, 'vr_otel.engine.not_pushed')).toBe(1)
})

it('a push of deltas has what an engine counted between two collections, also after its restart', async () => {
  const { engine, sink, app } = await start('delta')
  await waitForGauge(sink, 10)
  engine.text = exposition(30)
  await waitForGauge(sink, 30)
  engine.text = exposition(4)
  await waitForGauge(sink, 4)
  await app.kill()
  const counters = received(sink, 'vllm:tokens_total')
  for (const { sum } of counters)
    expect(sum).toMatchObject({ aggregationTemporality: DELTA, isMonotonic: true })
  const points = pointsOf(counters)
  expect(points.map(numberOf).filter((value) => value !== 0)).toEqual([20, 4])
  const gaps = points.filter(
    (point, at) => at > 0 && point.startTimeUnixNano !== points[at - 1]?.timeUnixNano,
  )
  expect(gaps).toEqual([])
  const histograms = received(sink, 'vllm:latency_seconds')
  for (const { histogram } of histograms) expect(histogram?.aggregationTemporality).toBe(DELTA)
  expect(
    pointsOf(histograms)
      .filter(({ count }) => count !== 0)
      .map(({ count, sum, bucketCounts }) => ({ count, sum, bucketCounts })),
  ).toEqual([
    { count: 40, sum: 30, bucketCounts: [20, 20] },
    { count: 8, sum: 6, bucketCounts: [4, 4] },
  ])
})

it('an engine that does not answer is pushed with its last values and vr_otel.engine.up 0, then with its new ones', async () => {
  const { engine, sink, app } = await start('delta')
  const up = (): number[] => changesOf(pointsOf(received(sink, 'vr_otel.engine.up')).map(numberOf))
  await waitForGauge(sink, 10)
  await engine.stop()
  await eventually(async () => up().at(-1) === 0 || undefined)
  await engine.restart(exposition(3))
  await waitForGauge(sink, 3)
  await app.kill()
  expect(up()).toEqual([1, 0, 1])
  expect(changesOf(pointsOf(received(sink, 'vllm:running')).map(numberOf))).toEqual([10, 3])
  const deltas = pointsOf(received(sink, 'vllm:tokens_total')).map(numberOf)
  expect(deltas.filter((value) => value !== 0)).toEqual([3])
})

it('in a cluster, the primary alone pushes the metrics of engines', async () => {
  const [engine, sink] = [await EngineEndpoint.start(exposition(10)), await startJsonSink()]
  const app = await ClusterApp.start({ workers: 3, env: pushed(engine, sink, 'delta') })
  await waitForGauge(sink, 10)
  engine.text = exposition(30)
  await waitForGauge(sink, 30)
  await app.kill()
  const points = pointsOf(received(sink, 'vllm:tokens_total'))
  expect(points.map(numberOf).filter((value) => value !== 0)).toEqual([20])
})
