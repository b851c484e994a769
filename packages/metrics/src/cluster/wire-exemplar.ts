import type { HrTime } from '@opentelemetry/api'
import type { Exemplar } from '../exemplars/exemplar.ts'
import { wireNumber } from '../series/wire-values.ts'
import type { WireExemplar } from './messages.ts'
import { MAX_ATTRIBUTES } from './validate-attributes.ts'
import { wireAttributes } from './wire-attributes.ts'

const TRACE_ID = /^[0-9a-f]{32}$/
const SPAN_ID = /^[0-9a-f]{16}$/

/**
 * Returns an exemplar of the series with this id for a push. Reservoirs of the application can return anything.
 * @returns undefined if a receiver would refuse it, and the whole push with it
 */
export function toWireExemplar(series: number, exemplar: Exemplar): WireExemplar | undefined {
  const { value, timestamp, filteredAttributes } = exemplar
  const time = toMillis(timestamp)
  if (typeof value !== 'number' || !Number.isFinite(time)) return undefined
  const attributes = wireAttributes(filteredAttributes ?? {})
  if (Object.keys(attributes).length > MAX_ATTRIBUTES) return undefined
  const traceId = String(exemplar.traceId ?? '').toLowerCase()
  const spanId = String(exemplar.spanId ?? '').toLowerCase()
  const isValid = TRACE_ID.test(traceId) && SPAN_ID.test(spanId)
  return [series, wireNumber(value), time, isValid ? traceId : '', isValid ? spanId : '', attributes]
}

/** Returns epoch milliseconds. */
export function toMillis(time: HrTime | undefined): number {
  return time === undefined ? 0 : time[0] * 1_000 + time[1] / 1e6
}
