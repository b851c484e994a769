import { type HrTime, ValueType } from '@opentelemetry/api'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import { nanosOf } from './exemplar-message.ts'
import { exemplarsOf, hasExemplars } from './exemplar-points.ts'

interface JsonPoint {
  exemplars?: unknown[]
}

interface JsonRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly Record<string, unknown>[] }[]
  }[]
}

/**
 * Puts exemplars into an `ExportMetricsServiceRequest` in OTLP/JSON, which upstream's encoder leaves out.
 * @param request of these metrics
 * @returns the request with exemplars; as it is if it has any already, or is not what was expected
 */
export function addJsonExemplars(request: Uint8Array, metrics: ResourceMetrics): Uint8Array {
  if (!hasExemplars(metrics)) return request
  const parsed = JSON.parse(
    Buffer.from(request.buffer, request.byteOffset, request.length).toString(),
  ) as JsonRequest
  const isAdded = metrics.scopeMetrics.every((scope, s) =>
    scope.metrics.every((metric, m) => {
      const json = parsed.resourceMetrics?.[0]?.scopeMetrics?.[s]?.metrics?.[m]
      const points = pointsOf(json)
      if (points?.length !== metric.dataPoints.length) return false
      return metric.dataPoints.every((point: object, p: number) => {
        const exemplars = exemplarsOf(point)
        const target = points[p]
        if (exemplars === undefined || target === undefined) return target !== undefined
        if (target.exemplars !== undefined) return false
        target.exemplars = exemplars.map((exemplar) => jsonExemplar(exemplar, metric.descriptor.valueType))
        return true
      })
    }),
  )
  return isAdded ? new TextEncoder().encode(JSON.stringify(parsed)) : request
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
    timeUnixNano: textOf(timestamp),
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

/** The mapping of proto3 to JSON: 64-bit whole numbers are text. */
function textOf(time: HrTime): string {
  return nanosOf(time).toString()
}

/** The mapping of proto3 to JSON has words for what JSON has no number for. */
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
