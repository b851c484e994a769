/** Converts attributes of OTLP/JSON to plain objects. */

/** Attribute values by key. */
export type Attributes = Readonly<Record<string, unknown>>

/** An attribute in OTLP/JSON. */
export interface KeyValue {
  readonly key?: string
  readonly value?: AnyValue
}

interface AnyValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string | number
  readonly doubleValue?: number
  readonly bytesValue?: string
  readonly arrayValue?: { readonly values?: readonly AnyValue[] }
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] }
}

/** Converts attributes to a plain object. Integers above 2^53 lose precision. */
export function plainAttributes(list: readonly KeyValue[] | undefined): Attributes {
  return Object.fromEntries((list ?? []).map(({ key = '', value }) => [key, plainValue(value)]))
}

function plainValue(value: AnyValue | undefined): unknown {
  if (value === undefined) return null
  if (value.intValue !== undefined) return Number(value.intValue)
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue)
  if (value.kvlistValue !== undefined) return plainAttributes(value.kvlistValue.values)
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue ?? null
}
