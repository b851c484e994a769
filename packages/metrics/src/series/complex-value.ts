/** Nested attribute values deeper than this are refused: a series is named by them, so they must stay small. */
const MAX_DEPTH = 8

/** More elements than this in one attribute value are refused. */
const MAX_ELEMENTS = 1_000

/** A structured attribute value: the text that identifies it and a private copy of it. */
export interface ComplexValue {
  /** Equal texts mean equal values; types are kept apart (`1` and `"1"` differ). */
  readonly identity: string
  /** A copy that the application cannot change any more. */
  readonly copy: unknown
}

/**
 * Reads an attribute value that is no primitive: an array, a plain object or a byte array (AnyValue of the
 * OpenTelemetry specification, common/README.md "AnyValue").
 *
 * @returns undefined if the value is no AnyValue (a class instance, a function), too deep, too large or circular
 */
export function readComplexValue(value: object): ComplexValue | undefined {
  const budget = { elements: MAX_ELEMENTS }
  const result = readNested(value, 0, budget)
  return result
}

function readNested(value: unknown, depth: number, budget: { elements: number }): ComplexValue | undefined {
  budget.elements -= 1
  if (budget.elements < 0 || depth > MAX_DEPTH) return undefined
  switch (typeof value) {
    case 'string':
      return { identity: JSON.stringify(value), copy: value }
    case 'number':
    case 'boolean':
      return { identity: `${value}`, copy: value }
    case 'object':
      if (value === null) return { identity: 'null', copy: null }
      if (value instanceof Uint8Array) return readBytes(value)
      return Array.isArray(value) ? readArray(value, depth, budget) : readRecord(value, depth, budget)
    default:
      return undefined
  }
}

function readBytes(value: Uint8Array): ComplexValue | undefined {
  if (value.length > MAX_ELEMENTS) return undefined
  return { identity: `bytes(${value.join()})`, copy: value.slice() }
}

function readArray(
  value: readonly unknown[],
  depth: number,
  budget: { elements: number },
): ComplexValue | undefined {
  if (value.length > budget.elements) return undefined
  const texts: string[] = []
  const copies: unknown[] = []
  for (let i = 0; i < value.length; i += 1) {
    const element = readNested(value[i] ?? null, depth + 1, budget)
    if (element === undefined) return undefined
    texts.push(element.identity)
    copies.push(element.copy)
  }
  return { identity: `[${texts.join()}]`, copy: Object.freeze(copies) }
}

function readRecord(value: object, depth: number, budget: { elements: number }): ComplexValue | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  const keys = Object.keys(value).sort()
  if (keys.length > budget.elements) return undefined
  const texts: string[] = []
  const copies: [string, unknown][] = []
  for (const key of keys) {
    const member: unknown = Reflect.get(value, key)
    if (member === undefined) continue
    const element = readNested(member, depth + 1, budget)
    if (element === undefined) return undefined
    texts.push(`${JSON.stringify(key)}:${element.identity}`)
    copies.push([key, element.copy])
  }
  return { identity: `{${texts.join()}}`, copy: Object.freeze(Object.fromEntries(copies)) }
}
