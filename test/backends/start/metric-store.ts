import type { TraceStore } from './trace-store.ts'

/** A backend that receives metrics over OTLP and exposes them. */
export interface MetricStore extends TraceStore {
  /** URL of its OpenMetrics endpoint. */
  readonly metricsUrl: string
  /** Everything that it has received, as OTLP/JSON. */
  received(): Promise<readonly OtlpMetrics[]>
}

/** The parts of OTLP/JSON that are read here. */
export interface OtlpMetrics {
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly {
      readonly scope: { name?: string }
      readonly metrics: readonly OtlpMetric[]
    }[]
  }[]
}

interface OtlpMetric {
  readonly name: string
  readonly [kind: string]: unknown
}

interface Keyed {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Returns the newest data points of a scope by metric, without times, for a comparison with the sender. */
export function newestPoints(received: readonly OtlpMetrics[], scope: string): Record<string, unknown> {
  const points: Record<string, unknown> = {}
  for (const { resourceMetrics = [] } of received) {
    for (const { scopeMetrics } of resourceMetrics) {
      for (const { metrics } of scopeMetrics.filter((each) => each.scope.name === scope)) {
        for (const { name, ...data } of metrics) points[name] = plain(data)
      }
    }
  }
  return points
}

const OMITTED = /^(description|unit|aggregationTemporality|flags|(start)?timeUnixNano)$/i

/** Returns OTLP/JSON with attributes as an object, with 64-bit integers as numbers and without values that differ between runs. */
function plain(value: unknown): unknown {
  if (typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
  if (Array.isArray(value)) return isKeyed(value) ? attributesOf(value as Keyed[]) : value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => !OMITTED.test(key))
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)]))
}

function isKeyed(list: readonly unknown[]): boolean {
  return list.length > 0 && list.every((each) => typeof each === 'object' && each !== null && 'key' in each)
}

function attributesOf(list: readonly Keyed[]): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]))
}
