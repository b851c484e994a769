/**
 * Called for a part of a text that is invalid while the rest is used.
 * @param part masked where it may hold credentials
 * @param expected continues "expected …"
 * @param key the variable that contains the part; default: the variable that is parsed
 */
export type RejectPart = (part: string, expected: string, key?: string) => void

/** Converts the text of a setting to its value and back. */
export interface Codec<Value> {
  /** The TypeScript type of the value, for the generated options of `startOtel()`. */
  readonly type: string
  /** What is valid; continues "expected …". */
  readonly expected: string
  /** Parses a text that is not blank; returns `undefined` if it is invalid. */
  parse(text: string, reject?: RejectPart): Value | undefined
  /** Formats a value as a text that {@link Codec.parse} accepts. */
  format(value: Value): string
}

const TRUE = new Set(['1', 'true', 't', 'yes', 'y', 'on'])
const FALSE = new Set(['0', 'false', 'f', 'no', 'n', 'off'])

/** `1 true t yes y on` and `0 false f no n off`, in any case. */
export const boolean: Codec<boolean> = {
  type: 'boolean',
  expected: 'true or false',
  parse: (text) => (TRUE.has(text.toLowerCase()) ? true : FALSE.has(text.toLowerCase()) ? false : undefined),
  format: String,
}

/** A Boolean in a standard variable: `true` or `false`, in any case (OpenTelemetry "Environment Variable Specification"). */
export const standardBoolean = {
  expected: boolean.expected,
  parse: (text: string): boolean | undefined =>
    /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined,
}

/** Any string. */
export const text: Codec<string> = {
  type: 'string',
  expected: 'a string',
  parse: (value) => value,
  format: String,
}

/** One word of a closed set, in any case. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Codec<Word> {
  return {
    type: unionOf(words),
    expected: `one of ${words.join(', ')}`,
    parse: (value) => words.find((word) => word === value.toLowerCase()),
    format: String,
  }
}

/** An integer from `min` to `max`, both included. */
export function integer(min: number, max: number): Codec<number> {
  return number(`an integer from ${min} to ${max}`, (n) => Number.isInteger(n) && n >= min && n <= max)
}

/** A TCP port; 0 selects any free port. */
export const port: Codec<number> = {
  ...integer(0, 65_535),
  expected: 'a port from 0 to 65535 (0: any free port)',
}

/** A number from 0 to 1. */
export const ratio: Codec<number> = number('a number from 0 to 1', (n) => n >= 0 && n <= 1)

function number(expected: string, accepts: (n: number) => boolean): Codec<number> {
  return {
    type: 'number',
    expected,
    parse(value) {
      const n = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value) ? Number(value) : Number.NaN
      return accepts(n) ? n : undefined
    },
    format: String,
  }
}

/** The path of a URL, without query and fragment. */
export const urlPath: Codec<string> = {
  type: 'string',
  expected: 'a path that begins with "/", without spaces, "?" and "#"',
  parse: (value) => (/^\/[^\s?#]*$/.test(value) ? value : undefined),
  format: String,
}

/** A host name or an address; IPv6 with or without brackets. */
export const host: Codec<string> = {
  type: 'string',
  expected: 'a host name or an address',
  parse: (value) => (/^[A-Za-z0-9._-]+$|^\[?[0-9A-Fa-f:.]+\]?$/.test(value) ? value : undefined),
  format: String,
}

/** The destination of metric events. */
export const eventDestination: Codec<string> = {
  type: 'string',
  expected: 'off, console, or the path of a file, with "/" or "."',
  parse: (value) =>
    /^(off|console)$/i.test(value) ? value.toLowerCase() : /[/\\.]/.test(value) ? value : undefined,
  format: String,
}

/** Prefix of metric names; with it, an OpenTelemetry instrument name must be valid. */
export const namePrefix: Codec<string> = {
  type: 'string',
  expected: 'a metric name: a letter, then letters, digits, "_" and ".", at most 100 characters',
  parse: (value) => (/^[A-Za-z][A-Za-z0-9_.]{0,99}$/.test(value) ? value : undefined),
  format: String,
}

/** Upper bounds of histogram buckets. */
export const bucketBounds: Codec<readonly number[]> = {
  type: 'readonly number[]',
  expected: 'numbers greater than 0, strictly increasing, separated by commas',
  parse(value) {
    const bounds = value.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    const increase = bounds.every((bound, i) => Number.isFinite(bound) && bound > (bounds[i - 1] ?? 0))
    return increase ? bounds : undefined
  },
  format: (bounds) => bounds.join(','),
}

/** Returns the TypeScript type of one of `words`. */
export function unionOf(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' | ')
}
