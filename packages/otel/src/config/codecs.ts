import { API_ROUTES, isPathTemplate } from '@vr/otel-instruments/internal'

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

/** Words of a closed set, separated by commas. */
export function someOf<const Word extends string>(...words: readonly Word[]): Codec<readonly Word[]> {
  const word = oneOf(...words)
  return {
    type: listOf(words),
    expected: `some of ${words.join(', ')}, separated by commas`,
    parse: (value) => allDefined(split(value).map((part) => word.parse(part))),
    format: (value) => value.join(','),
  }
}

/**
 * Words of a closed set, separated by commas, or `none` alone for an empty list. If at least one word is known, unknown
 * words are rejected one by one.
 */
export function someOrNone<const Word extends string>(...words: readonly Word[]): Codec<readonly Word[]> {
  const expected = `${words.join(' or ')}, several separated by commas, or none alone; others are not supported`
  return {
    type: listOf(words),
    expected,
    parse(value, reject) {
      const given = [...new Set(split(value.toLowerCase()))]
      if (given.join() === 'none') return []
      const known = words.filter((word) => given.includes(word))
      if (known.length === 0) return undefined
      for (const word of given) if (!known.some((other) => other === word)) reject?.(word, expected)
      return known
    },
    format: (value) => (value.length === 0 ? 'none' : value.join(',')),
  }
}

/**
 * Words of a closed set: listed, or as changes (`+word`, `-word`) of `standard`. The word `default` adds all of
 * `standard`.
 */
export function selection<const Word extends string>(
  words: readonly Word[],
  standard: readonly Word[],
): Codec<readonly Word[]> {
  const word = oneOf(...words)
  const apply = (selected: Set<Word>, part: string): boolean => {
    const [, sign, name = ''] = /^([+-]?)(.*)$/.exec(part) ?? []
    const found = name === 'default' && sign === '' ? standard : [word.parse(name)]
    for (const item of found) {
      if (item === undefined) return false
      if (sign === '-') selected.delete(item)
      else selected.add(item)
    }
    return true
  }
  return {
    type: listOf(words),
    expected: `default, or some of ${words.join(', ')}, separated by commas; +name and -name change the default`,
    parse(value) {
      const parts = split(value)
      const selected = new Set(/^[+-]/.test(parts[0] ?? '') ? standard : [])
      const isValid = parts.every((part) => apply(selected, part))
      return isValid ? words.filter((item) => selected.has(item)) : undefined
    },
    format: (value) => value.join(','),
  }
}

/** Names separated by commas. */
export const names: Codec<readonly string[]> = {
  type: 'readonly string[]',
  expected: 'names separated by commas',
  parse: split,
  format: (value) => value.join(','),
}

/** Paths separated by commas. */
export const urlPaths: Codec<readonly string[]> = {
  type: 'readonly string[]',
  expected: 'paths that begin with "/", separated by commas',
  parse: (value) => allDefined(split(value).map((part) => urlPath.parse(part))),
  format: (value) => value.join(','),
}

/** Templates of paths, separated by commas; `default` adds all of {@link API_ROUTES}. */
export const pathTemplates: Codec<readonly string[]> = {
  type: 'readonly string[]',
  expected:
    'paths that begin with "/", with placeholders such as {id} as whole segments, or default, separated by commas',
  parse(value, reject) {
    const parts = split(value)
    const valid = parts.filter((part) => part === 'default' || isPathTemplate(part))
    if (valid.length === 0) return undefined
    for (const part of parts) if (!valid.includes(part)) reject?.(part, pathTemplates.expected)
    return valid.flatMap((part) => (part === 'default' ? API_ROUTES : [part]))
  },
  format: (value) => value.join(','),
}

/** `key=value` pairs as in `OTEL_EXPORTER_OTLP_HEADERS` (W3C Baggage syntax, values percent-encoded). */
export const pairs: Codec<Readonly<Record<string, string>>> = {
  type: 'Readonly<Record<string, string>>',
  expected: 'key=value pairs separated by commas',
  parse(value) {
    const entries = allDefined(split(value).map(parsePair))
    return entries === undefined ? undefined : Object.fromEntries(entries)
  },
  format: (value) =>
    Object.entries(value)
      .map(([key, item]) => `${key}=${encodeURIComponent(item)}`)
      .join(','),
}

/** `label=value` pairs. */
export const labels: Codec<Readonly<Record<string, string>>> = {
  type: pairs.type,
  expected: 'label=value pairs separated by commas, labels of letters, digits and "_"',
  parse(value) {
    const parsed = pairs.parse(value)
    if (parsed === undefined) return undefined
    return Object.keys(parsed).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) ? parsed : undefined
  },
  format: pairs.format,
}

/**
 * `pattern=label` pairs. A pattern may contain any characters except commas; the last `=` separates the label. A URL with
 * credentials or a query is rejected: it would not match, and valid values are printed.
 */
export const patternLabels: Codec<Readonly<Record<string, string>>> = {
  type: pairs.type,
  expected: 'pattern=label pairs separated by commas, URLs without "@" and "?"',
  parse(value) {
    const entries = split(value).map((part) => {
      const at = part.lastIndexOf('=')
      const entry = [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()] as const
      return entry.includes('') || /:\/\/.*[@?]/s.test(part) ? undefined : entry
    })
    const found = allDefined(entries)
    return found === undefined ? undefined : Object.fromEntries(found)
  },
  format: (value) =>
    Object.entries(value)
      .map(([pattern, label]) => `${pattern}=${label}`)
      .join(','),
}

function parsePair(part: string): readonly [string, string] | undefined {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/s.exec(part)
  const value = match?.[2]?.trim() ?? ''
  if (match === null || /[\n\r]/.test(value)) return undefined
  try {
    return [match[1] as string, decodeURIComponent(value)]
  } catch {
    return undefined // invalid percent-encoding
  }
}

function split(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function allDefined<Value>(values: readonly (Value | undefined)[]): Value[] | undefined {
  return values.includes(undefined) ? undefined : (values as Value[])
}

function unionOf(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' | ')
}

function listOf(words: readonly string[]): string {
  return words.length === 1 ? `readonly ${unionOf(words)}[]` : `readonly (${unionOf(words)})[]`
}
