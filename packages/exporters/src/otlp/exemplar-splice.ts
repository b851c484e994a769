import type { DataPointType, MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics'
import {
  EXPONENTIAL_HISTOGRAM_POINT,
  GAUGE_POINT,
  HISTOGRAM_POINT,
  SUM_POINT,
} from '@vr/otel-metrics/internal'
import { exemplarsOf, hasExemplars, hasMetricExemplars } from '../exemplar-points.ts'
import { writeExemplars } from './exemplar-message.ts'
import { type Field, fieldsOf } from './protobuf/read.ts'
import { varintBytes, Writer } from './protobuf/write.ts'

/** Bytes as a list of consecutive parts. */
interface Pieces {
  readonly parts: Uint8Array[]
  length: number
}

/**
 * Field numbers of `opentelemetry/proto/metrics/v1/metrics.proto`: the data field of `Metric` for each type,
 * and the `exemplars` field of its data points.
 */
const FIELDS: Readonly<Record<DataPointType, { readonly data: number; readonly exemplars: number }>> = {
  [GAUGE_POINT]: { data: 5, exemplars: 5 },
  [SUM_POINT]: { data: 7, exemplars: 5 },
  [HISTOGRAM_POINT]: { data: 9, exemplars: 8 },
  [EXPONENTIAL_HISTOGRAM_POINT]: { data: 10, exemplars: 11 },
}

/**
 * The bytes do not match the metrics: another version of the encoder, or one that writes exemplars itself.
 */
class Mismatch extends Error {}

/**
 * Adds exemplars, which upstream's encoder omits, to an encoded `ExportMetricsServiceRequest`. It walks the
 * bytes and the data in step and appends the exemplar fields; protobuf allows fields in any order.
 * @param request the encoded `metrics`
 * @returns the request with exemplars; the given bytes if they contain exemplars already or do not match the
 *   metrics
 */
export function spliceExemplars(request: Uint8Array, metrics: ResourceMetrics): Uint8Array {
  if (!hasExemplars(metrics)) return request
  try {
    const pieces = within(request, 0, request.length, 1, [metrics], spliceResource)
    return Buffer.concat(pieces.parts, pieces.length)
  } catch (error) {
    if (error instanceof Mismatch || error instanceof RangeError) return request
    throw error
  }
}

function spliceResource(bytes: Uint8Array, { valueStart, end }: Field, metrics: ResourceMetrics): Pieces {
  return within(bytes, valueStart, end, 2, metrics.scopeMetrics, spliceScope)
}

function spliceScope(bytes: Uint8Array, { valueStart, end }: Field, { metrics }: ScopeMetrics): Pieces {
  return within(bytes, valueStart, end, 2, metrics, spliceMetric)
}

function spliceMetric(bytes: Uint8Array, field: Field, metric: MetricData): Pieces {
  const { valueStart, end } = field
  if (!hasMetricExemplars(metric)) return piecesOf(bytes.subarray(valueStart, end))
  const { data } = FIELDS[metric.dataPointType]
  return within(bytes, valueStart, end, data, [metric], splicePoints)
}

function splicePoints(bytes: Uint8Array, { valueStart, end }: Field, metric: MetricData): Pieces {
  const field = FIELDS[metric.dataPointType].exemplars
  const writer = new Writer()
  let isChecked = false
  return within(bytes, valueStart, end, 1, metric.dataPoints as readonly object[], (all, point, data) => {
    const pieces = piecesOf(all.subarray(point.valueStart, point.end))
    const exemplars = exemplarsOf(data)
    if (exemplars === undefined) return pieces
    if (!isChecked) assertWithout(all, point, field)
    isChecked = true
    writeExemplars(writer, field, exemplars, metric.descriptor.valueType)
    add(pieces, writer.take())
    return pieces
  })
}

function assertWithout(bytes: Uint8Array, { valueStart, end }: Field, field: number): void {
  for (const { number } of fieldsOf(bytes, valueStart, end)) {
    if (number === field) throw new Mismatch('the encoder writes exemplars')
  }
}

/**
 * Returns a message with every field of one number replaced. The message must have one such field for each
 * item.
 */
function within<Item>(
  bytes: Uint8Array,
  start: number,
  end: number,
  number: number,
  items: readonly Item[],
  replace: (bytes: Uint8Array, field: Field, item: Item) => Pieces,
): Pieces {
  const result: Pieces = { parts: [], length: 0 }
  let next = 0
  let copied = start
  for (const field of fieldsOf(bytes, start, end)) {
    if (field.number !== number) continue
    const item = items[next++]
    if (item === undefined || field.wireType !== 2) throw new Mismatch(`field ${number} at ${field.start}`)
    const value = replace(bytes, field, item)
    if (value.parts.length === 1 && value.length === field.end - field.valueStart) continue
    add(result, bytes.subarray(copied, field.start))
    addMessage(result, number, value)
    copied = field.end
  }
  if (next !== items.length) throw new Mismatch(`${next} fields ${number} for ${items.length}`)
  add(result, bytes.subarray(copied, end))
  return result
}

function piecesOf(bytes: Uint8Array): Pieces {
  return { parts: [bytes], length: bytes.length }
}

function add(pieces: Pieces, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  pieces.parts.push(bytes)
  pieces.length += bytes.length
}

function addMessage(pieces: Pieces, field: number, { parts, length }: Pieces): void {
  add(pieces, varintBytes(field * 8 + 2))
  add(pieces, varintBytes(length))
  for (const part of parts) pieces.parts.push(part)
  pieces.length += length
}
