/** An attribute of instruments, with every value that it can have. */
export interface AttributeDefinition {
  /** Key in OpenTelemetry; in a scrape with `_` for every `.`. */
  readonly name: string
  /** Values that are known beforehand. */
  readonly values: readonly (string | number)[]
  /** How many values beside these it can have at a time; default: none, so that `values` is a closed list. */
  readonly places?: number
  /** Replaces every value past the bound; `undefined`: the measurement has no such attribute then. */
  readonly other: string | undefined
  /** What the values are, for the documentation. */
  readonly meaning: string
}

/** Returns how many values an attribute can have at a time, beside the one that replaces all others. */
export function boundOf({ values, places = 0 }: AttributeDefinition): number {
  return values.length + places
}
