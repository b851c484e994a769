import type { Codec } from './codecs.ts'
import { allDefined, splitList } from './split-list.ts'

/** `key=value` pairs as in `OTEL_EXPORTER_OTLP_HEADERS` (W3C Baggage syntax, values percent-encoded). */
export const pairs: Codec<Readonly<Record<string, string>>> = {
  type: 'Readonly<Record<string, string>>',
  expected: 'key=value pairs separated by commas',
  parse(value) {
    const entries = allDefined(splitList(value).map(parsePair))
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
    const entries = splitList(value).map((part) => {
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
