import type { ExponentialHistogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'

type Point = MetricData['dataPoints'][number]

/** Converts two results so that they are deeply equal, except for differences that README.md does not list. */
export function normalisePair(
  stock: ResourceMetrics,
  ours: ResourceMetrics,
): [stock: unknown, ours: unknown] {
  const [a, b] = [flatten(stock), flatten(ours)]
  const keys = [...new Set([...a.keys(), ...b.keys()])].sort()
  return [
    keys.map((key) => [key, a.get(key) && comparable(a.get(key), b.get(key))]),
    keys.map((key) => [key, b.get(key) && comparable(b.get(key), a.get(key))]),
  ]
}

interface FlatPoint {
  readonly metric: MetricData
  readonly point: Point
}

/** Data points by scope, metric and attributes, since their order is not specified. */
function flatten(metrics: ResourceMetrics): Map<string, FlatPoint> {
  const points = new Map<string, FlatPoint>()
  for (const { scope, metrics: ofScope } of metrics.scopeMetrics) {
    for (const metric of ofScope) {
      for (const point of metric.dataPoints) {
        const attributes = Object.entries(point.attributes).toSorted(([x], [y]) => (x < y ? -1 : 1))
        const { name, unit, valueType } = metric.descriptor
        const type = Reflect.get(metric.descriptor, 'type')
        const key = JSON.stringify([
          scope.name,
          name,
          type,
          unit,
          valueType,
          metric.dataPointType,
          attributes,
        ])
        if (points.has(key)) throw new Error(`duplicate data point ${key}`)
        points.set(key, { metric, point })
      }
    }
  }
  return points
}

function comparable(flat: FlatPoint | undefined, other: FlatPoint | undefined): unknown {
  if (flat === undefined) return undefined
  const { metric, point } = flat
  const type = String(Reflect.get(metric.descriptor, 'type'))
  return {
    description: metric.descriptor.description,
    temporality: metric.aggregationTemporality,
    isMonotonic: metric.dataPointType === 3 ? metric.isMonotonic : undefined,
    // Only cumulative synchronous streams have the same start times in both SDKs (deviation 24; "Start times" in
    // README.md).
    startTime:
      metric.aggregationTemporality === 1 && !type.startsWith('OBSERVABLE') ? point.startTime : undefined,
    endTime: point.endTime,
    value: plain(atCommonScale(point.value, other?.point.value)),
  }
}

/** Converts exponential histograms to the coarser scale of the two. Ours is never the coarser one (deviation 23). */
function atCommonScale(value: Point['value'], other: Point['value'] | undefined): unknown {
  if (!isExponential(value)) return value
  const zero = value.count === value.zeroCount
  const scale = other !== undefined && isExponential(other) ? Math.min(value.scale, other.scale) : value.scale
  const change = zero ? 0 : value.scale - scale
  return {
    ...value,
    scale: zero ? 'any' : scale,
    positive: coarser(value.positive, change),
    negative: coarser(value.negative, change),
  }
}

function coarser({ offset, bucketCounts }: ExponentialHistogram['positive'], change: number): unknown {
  const counts = new Map<number, number>()
  for (const [i, count] of bucketCounts.entries()) {
    const index = Math.floor((offset + i) / 2 ** change)
    if (count > 0) counts.set(index, (counts.get(index) ?? 0) + count)
  }
  return [...counts]
}

function isExponential(value: Point['value']): value is ExponentialHistogram {
  return typeof value === 'object' && 'scale' in value
}

/** Removes undefined properties and replaces -0 by 0. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
