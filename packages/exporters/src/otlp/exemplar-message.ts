import { type HrTime, ValueType } from '@opentelemetry/api'
import type { Exemplar } from '@vr/otel-metrics'
import type { Writer } from './protobuf/write.ts'

const NANOS = 1_000_000_000n
const MAX_INT64 = 2 ** 63

/**
 * Writes `opentelemetry.proto.metrics.v1.Exemplar` messages.
 * @param field number of the `exemplars` field in the data point
 * @param valueType of the instrument: integers of integer instruments are written as `as_int`
 */
export function writeExemplars(
  writer: Writer,
  field: number,
  exemplars: readonly Exemplar[],
  valueType: ValueType,
): void {
  for (const { timestamp, value, spanId, traceId, filteredAttributes } of exemplars) {
    writer.begin(field).fixed64(2, nanosOf(timestamp))
    if (valueType === ValueType.INT && Number.isSafeInteger(value)) writer.fixed64(6, BigInt(value))
    else writer.double(3, value)
    if (isId(spanId, 16)) writer.hex(4, spanId)
    if (isId(traceId, 32)) writer.hex(5, traceId)
    for (const key of Object.keys(filteredAttributes ?? {})) {
      writer.begin(7).string(1, key).begin(2)
      writeAnyValue(writer, filteredAttributes[key])
      writer.end().end()
    }
    writer.end()
  }
}

/** Converts a time to nanoseconds since the epoch. */
export function nanosOf([seconds, nanos]: HrTime): bigint {
  return BigInt(Math.trunc(seconds)) * NANOS + BigInt(Math.trunc(nanos))
}

function isId(text: string | undefined, digits: number): text is string {
  return text !== undefined && text.length === digits && /^[0-9a-f]+$/i.test(text)
}

/**
 * Writes the fields of an `AnyValue`; integers and doubles are distinguished as upstream does for attributes.
 */
function writeAnyValue(writer: Writer, value: unknown): void {
  if (typeof value === 'string') writer.string(1, value)
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0)
  else if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= -MAX_INT64 && value < MAX_INT64) writer.varint(3, value)
    else writer.double(4, value)
  } else if (Array.isArray(value)) {
    writer.begin(5)
    for (const item of value) {
      writer.begin(1)
      writeAnyValue(writer, item)
      writer.end()
    }
    writer.end()
  }
}
