/**
 * Called for a part of a text that cannot be used while the rest can.
 * @param part as it may be printed
 * @param expected instead of it, as the end of «expected …»
 */
export type RejectPart = (part: string, expected: string) => void

/** How the text of a setting becomes its value, and back. */
export interface Codec<Value> {
  /** What is accepted, as the end of «expected …». */
  readonly expected: string
  /** The value of a text that is not blank; `undefined` if it is not one. */
  parse(text: string, refuse?: RejectPart): Value | undefined
  /** A text that {@link Codec.parse} reads as this value. */
  format(value: Value): string
}

const TRUE = new Set(['1', 'true', 't', 'yes', 'y', 'on'])
const FALSE = new Set(['0', 'false', 'f', 'no', 'n', 'off'])

/** `1 true t yes y on` and `0 false f no n off`, in any case. */
export const boolean: Codec<boolean> = {
  expected: 'true or false',
  parse: (text) => (TRUE.has(text.toLowerCase()) ? true : FALSE.has(text.toLowerCase()) ? false : undefined),
  format: String,
}

/** Any text. */
export const text: Codec<string> = { expected: 'a text', parse: (value) => value, format: String }

/** One word of a closed set, in any case. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Codec<Word> {
  return {
    expected: `one of ${words.join(', ')}`,
    parse: (value) => words.find((word) => word === value.toLowerCase()),
    format: String,
  }
}

/** A whole number, both ends included. */
export function integer(min: number, max: number): Codec<number> {
  return number(`a whole number from ${min} to ${max}`, (n) => Number.isInteger(n) && n >= min && n <= max)
}

/** A TCP port; 0 asks for any free one. */
export const port: Codec<number> = {
  ...integer(0, 65_535),
  expected: 'a port from 0 to 65535 (0: any free one)',
}

/** A number from 0 to 1. */
export const ratio: Codec<number> = number('a number from 0 to 1', (n) => n >= 0 && n <= 1)

function number(expected: string, accepts: (n: number) => boolean): Codec<number> {
  return {
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
  expected: 'a path that begins with "/", without spaces, "?" and "#"',
  parse: (value) => (/^\/[^\s?#]*$/.test(value) ? value : undefined),
  format: String,
}

/** A host name or address; an IPv6 address with or without its brackets. */
export const host: Codec<string> = {
  expected: 'a host name or an address',
  parse: (value) => (/^[A-Za-z0-9._-]+$|^\[?[0-9A-Fa-f:.]+\]?$/.test(value) ? value : undefined),
  format: String,
}

/** The first part of metric names: an OpenTelemetry instrument name has to be one with it. */
export const namePrefix: Codec<string> = {
  expected: 'a metric name: a letter, then letters, digits, "_" and ".", at most 100 of them',
  parse: (value) => (/^[A-Za-z][A-Za-z0-9_.]{0,99}$/.test(value) ? value : undefined),
  format: String,
}

/** Upper bounds of histogram buckets. */
export const bucketBounds: Codec<readonly number[]> = {
  expected: 'numbers greater than 0, strictly increasing, separated by commas',
  parse(value) {
    const bounds = value.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
    const increase = bounds.every((bound, i) => Number.isFinite(bound) && bound > (bounds[i - 1] ?? 0))
    return increase ? bounds : undefined
  },
  format: (bounds) => bounds.join(','),
}

/** Some words of a closed set, separated by commas. */
export function someOf<const Word extends string>(...words: readonly Word[]): Codec<readonly Word[]> {
  const word = oneOf(...words)
  return {
    expected: `some of ${words.join(', ')}, separated by commas`,
    parse: (value) => all(split(value).map((one) => word.parse(one))),
    format: (value) => value.join(','),
  }
}

/**
 * Some words of a closed set, separated by commas, or `none` alone for none of them. Words that are not known are refused
 * one by one, as long as one is left.
 */
export function someOrNone<const Word extends string>(...words: readonly Word[]): Codec<readonly Word[]> {
  const expected = `${words.join(' or ')}, several separated by commas, or none alone; others are not supported`
  return {
    expected,
    parse(value, refuse) {
      const given = [...new Set(split(value.toLowerCase()))]
      if (given.join() === 'none') return []
      const known = words.filter((word) => given.includes(word))
      if (known.length === 0) return undefined
      for (const word of given) if (!known.some((one) => one === word)) refuse?.(word, expected)
      return known
    },
    format: (value) => (value.length === 0 ? 'none' : value.join(',')),
  }
}

/**
 * Some words of a closed set: named one by one, or as changes (`+word`, `-word`) of `standard`, for which the word
 * `default` stands.
 */
export function selection<const Word extends string>(
  words: readonly Word[],
  standard: readonly Word[],
): Codec<readonly Word[]> {
  const word = oneOf(...words)
  const change = (selected: Set<Word>, part: string): boolean => {
    const [, sign, name = ''] = /^([+-]?)(.*)$/.exec(part) ?? []
    const found = name === 'default' && sign === '' ? standard : [word.parse(name)]
    for (const one of found) {
      if (one === undefined) return false
      if (sign === '-') selected.delete(one)
      else selected.add(one)
    }
    return true
  }
  return {
    expected: `default, or some of ${words.join(', ')}, separated by commas; +name and -name change the default`,
    parse(value) {
      const parts = split(value)
      const selected = new Set(/^[+-]/.test(parts[0] ?? '') ? standard : [])
      const isUsable = parts.every((part) => change(selected, part))
      return isUsable ? words.filter((one) => selected.has(one)) : undefined
    },
    format: (value) => value.join(','),
  }
}

/** Names separated by commas. */
export const names: Codec<readonly string[]> = {
  expected: 'names separated by commas',
  parse: split,
  format: (value) => value.join(','),
}

/** Paths separated by commas. */
export const urlPaths: Codec<readonly string[]> = {
  expected: 'paths that begin with "/", separated by commas',
  parse: (value) => all(split(value).map((one) => urlPath.parse(one))),
  format: (value) => value.join(','),
}

/** `key=value` pairs as in `OTEL_EXPORTER_OTLP_HEADERS` (W3C Baggage syntax, values percent-encoded). */
export const pairs: Codec<Readonly<Record<string, string>>> = {
  expected: 'key=value pairs separated by commas',
  parse(value) {
    const entries = all(split(value).map(pair))
    return entries === undefined ? undefined : Object.fromEntries(entries)
  },
  format: (value) =>
    Object.entries(value)
      .map(([key, item]) => `${key}=${encodeURIComponent(item)}`)
      .join(','),
}

/** Labels with their values. */
export const labels: Codec<Readonly<Record<string, string>>> = {
  expected: 'label=value pairs separated by commas, labels of letters, digits and "_"',
  parse(value) {
    const parsed = pairs.parse(value)
    if (parsed === undefined) return undefined
    return Object.keys(parsed).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) ? parsed : undefined
  },
  format: pairs.format,
}

function pair(part: string): readonly [string, string] | undefined {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/s.exec(part)
  const value = match?.[2]?.trim() ?? ''
  if (match === null || /[\n\r]/.test(value)) return undefined
  try {
    return [match[1] as string, decodeURIComponent(value)]
  } catch {
    return undefined // a broken percent-encoding
  }
}

/** The words of a list that commas separate, blank ones left out. */
export function split(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function all<Value>(values: readonly (Value | undefined)[]): Value[] | undefined {
  return values.includes(undefined) ? undefined : (values as Value[])
}
