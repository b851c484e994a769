/** Maximum nesting. Attribute values identify series, so they must stay small. */
const MAX_DEPTH = 8

/** Maximum number of elements in an attribute value, nested ones included. */
const MAX_ELEMENTS = 1_000

/** A validated attribute value that is not a primitive. */
export interface ComplexValue {
  /** Two values with the same identity are equal. Types are distinguished: `1` and `"1"` differ. */
  readonly identity: string
  /** A deep copy that the application cannot change. */
  readonly copy: unknown
}

/**
 * Reads an array, a plain object or a byte array as an attribute value (specification common/README.md "AnyValue").
 *
 * @returns undefined if the value is not an AnyValue (a class instance, a function), or is too deep, too large or
 * circular
 */
export function readComplexValue(value: object): ComplexValue | undefined {
  return readNested(value, 0, { elements: MAX_ELEMENTS })
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
  const identities: string[] = []
  const copies: unknown[] = []
  for (let i = 0; i < value.length; i += 1) {
    const element = readNested(value[i] ?? null, depth + 1, budget)
    if (element === undefined) return undefined
    identities.push(element.identity)
    copies.push(element.copy)
  }
  return { identity: `[${identities.join()}]`, copy: Object.freeze(copies) }
}

function readRecord(value: object, depth: number, budget: { elements: number }): ComplexValue | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return undefined
  const keys = Object.keys(value).sort()
  if (keys.length > budget.elements) return undefined
  const identities: string[] = []
  const copies: [string, unknown][] = []
  for (const key of keys) {
    const member: unknown = Reflect.get(value, key)
    if (member === undefined) continue
    const element = readNested(member, depth + 1, budget)
    if (element === undefined) return undefined
    identities.push(`${JSON.stringify(key)}:${element.identity}`)
    copies.push([key, element.copy])
  }
  return { identity: `{${identities.join()}}`, copy: Object.freeze(Object.fromEntries(copies)) }
}
