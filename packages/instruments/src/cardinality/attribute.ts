/** An attribute of instruments, with the bound of its values. */
export interface AttributeDefinition {
  /** Key of the attribute; the Prometheus label has `_` for each `.`. */
  readonly name: string
  /** Values that are always allowed. */
  readonly values: readonly (string | number)[]
  /** How many other values are allowed at a time. Default: none, `values` is a closed list. */
  readonly limit?: number
  /** Replaces each value beyond the limit; `undefined`: the measurement is recorded without the attribute. */
  readonly overflow: string | undefined
  /** Describes the values, for the documentation. */
  readonly description: string
}

/** Returns how many values an attribute can have at a time, without its overflow value. */
export function boundOf({ values, limit = 0 }: AttributeDefinition): number {
  return values.length + limit
}
