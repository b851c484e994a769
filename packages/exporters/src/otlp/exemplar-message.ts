import { type HrTime, ValueType } from '@opentelemetry/api'
import type { Exemplar } from '@vr/otel-metrics'
import { Writer } from './protobuf/write.ts'

const NANOS = 1_000_000_000n
const MAX_INT64 = 2 ** 63

/**
 * The message `opentelemetry.proto.metrics.v1.Exemplar`.
 * @param valueType of the instrument: a whole number of an integer instrument is sent as `as_int`
 */
export function exemplarMessage(exemplar: Exemplar, valueType: ValueType): Uint8Array {
  const writer = new Writer()
  writer.fixed64(2, nanosOf(exemplar.timestamp))
  if (valueType === ValueType.INT && Number.isSafeInteger(exemplar.value)) {
    writer.fixed64(6, BigInt(exemplar.value))
  } else writer.double(3, exemplar.value)
  const spanId = idOf(exemplar.spanId, 16)
  const traceId = idOf(exemplar.traceId, 32)
  if (spanId !== undefined) writer.bytes(4, spanId)
  if (traceId !== undefined) writer.bytes(5, traceId)
  for (const [key, value] of Object.entries(exemplar.filteredAttributes ?? {})) {
    writer.bytes(7, new Writer().string(1, key).bytes(2, anyValue(value)).finish())
  }
  return writer.finish()
}

/** Nanoseconds since the epoch. */
export function nanosOf([seconds, nanos]: HrTime): bigint {
  return BigInt(Math.trunc(seconds)) * NANOS + BigInt(Math.trunc(nanos))
}

/** An id as bytes; `undefined` if it is none of that many hexadecimal digits. */
function idOf(hex: string | undefined, digits: number): Uint8Array | undefined {
  return hex !== undefined && hex.length === digits && /^[0-9a-f]+$/i.test(hex)
    ? Buffer.from(hex, 'hex')
    : undefined
}

/** `AnyValue`, with the same choice between whole numbers and doubles as for other attributes. */
function anyValue(value: unknown): Uint8Array {
  const writer = new Writer()
  if (typeof value === 'string') writer.string(1, value)
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0)
  else if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= -MAX_INT64 && value < MAX_INT64) writer.varint(3, value)
    else writer.double(4, value)
  } else if (Array.isArray(value)) writer.bytes(5, arrayValue(value))
  return writer.finish()
}

function arrayValue(values: readonly unknown[]): Uint8Array {
  const writer = new Writer()
  for (const value of values) writer.bytes(1, anyValue(value))
  return writer.finish()
}
