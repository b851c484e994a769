/** Returns the parts of a list separated by commas, trimmed and without empty ones. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Returns `undefined` if one of the values is. */
export function allDefined<Value>(values: readonly (Value | undefined)[]): Value[] | undefined {
  return values.includes(undefined) ? undefined : (values as Value[])
}
