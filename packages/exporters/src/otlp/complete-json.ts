import { type HrTime, ValueType } from '@opentelemetry/api'
import type { DataPoint, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import { exemplarsOf, hasExemplars } from '../exemplar-points.ts'
import { nanosOf } from './exemplar-message.ts'

interface JsonPoint {
  [field: string]: unknown
  exemplars?: unknown[]
}

interface JsonRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly Record<string, unknown>[] }[]
  }[]
}

/** Matches fields that are not finite. JSON has no such numbers, so upstream's encoder writes `null`. */
const NOT_FINITE = /"(?:asDouble|sum|min|max)":null/

/**
 * Adds to an OTLP/JSON `ExportMetricsServiceRequest` what upstream's encoder omits: exemplars, and values
 * that are not finite.
 * @param request the encoded `metrics`
 * @returns the complete request; the given bytes if they contain exemplars already or do not match the
 *   metrics
 */
export function completeJson(request: Uint8Array, metrics: ResourceMetrics): Uint8Array {
  const text = Buffer.from(request.buffer, request.byteOffset, request.length).toString()
  if (!hasExemplars(metrics) && !NOT_FINITE.test(text)) return request
  const parsed = JSON.parse(text) as JsonRequest
  const isCompleted = metrics.scopeMetrics.every((scope, s) =>
    scope.metrics.every((metric, m) => {
      const points = pointsOf(parsed.resourceMetrics?.[0]?.scopeMetrics?.[s]?.metrics?.[m])
      return (
        points?.length === metric.dataPoints.length &&
        points.every((target, p) => completePoint(target, metric, metric.dataPoints[p] as DataPoint<unknown>))
      )
    }),
  )
  return isCompleted ? new TextEncoder().encode(JSON.stringify(parsed)) : request
}

/** Returns false if the point has exemplars already. */
function completePoint(target: JsonPoint, metric: MetricData, point: DataPoint<unknown>): boolean {
  if (target.exemplars !== undefined) return false
  const { valueType } = metric.descriptor
  const exemplars = exemplarsOf(point)
  if (exemplars !== undefined) {
    target.exemplars = exemplars.map((exemplar) => jsonExemplar(exemplar, valueType))
  }
  if (target['asDouble'] === null) target['asDouble'] = jsonNumber(point.value as number)
  for (const field of ['sum', 'min', 'max'] as const) {
    const value = (point.value as Record<string, number | undefined>)[field]
    if (target[field] === null && value !== undefined) target[field] = jsonNumber(value)
  }
  return true
}

function pointsOf(metric: Record<string, unknown> | undefined): JsonPoint[] | undefined {
  for (const kind of ['sum', 'gauge', 'histogram', 'exponentialHistogram']) {
    const data = metric?.[kind] as { dataPoints?: JsonPoint[] } | undefined
    if (data !== undefined) return data.dataPoints
  }
  return undefined
}

function jsonExemplar(exemplar: Exemplar, valueType: ValueType): object {
  const { value, timestamp, spanId, traceId, filteredAttributes } = exemplar
  const isInteger = valueType === ValueType.INT && Number.isSafeInteger(value)
  return {
    timeUnixNano: jsonNanos(timestamp),
    ...(isInteger
      ? { asInt: String(value) }
      : { asDouble: Number.isFinite(value) ? value : jsonNumber(value) }),
    ...(spanId === undefined ? {} : { spanId }),
    ...(traceId === undefined ? {} : { traceId }),
    filteredAttributes: Object.entries(filteredAttributes ?? {}).map(([key, item]) => ({
      key,
      value: anyValue(item),
    })),
  }
}

/** The proto3 JSON mapping writes 64-bit integers as strings. */
function jsonNanos(time: HrTime): string {
  return nanosOf(time).toString()
}

/** The proto3 JSON mapping writes numbers that are not finite as strings. */
function jsonNumber(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

function anyValue(value: unknown): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } }
  if (typeof value !== 'number') return {}
  if (Number.isSafeInteger(value)) return { intValue: String(value) }
  return { doubleValue: Number.isFinite(value) ? value : jsonNumber(value) }
}
