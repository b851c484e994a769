import { type EscapingScheme, isEscapingScheme } from '../naming/escaping.ts'
import type { ExpositionFormat, NegotiatedFormat } from '../text/format.ts'
import { defaultFormat, formats } from '../text/formats.ts'

/** A media range of an `Accept` header, or a coding of an `Accept-Encoding` header. */
interface Range {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
  readonly position: number
}

interface Candidate extends NegotiatedFormat {
  readonly quality: number
  readonly specificity: number
  readonly position: number
}

/**
 * Returns the format that an `Accept` header prefers. The most specific range that matches a format gives its
 * quality (RFC 9110, section 12.5.1; `q=0` excludes it). The highest quality wins, then the more specific
 * range, then the earlier one. Without a header or without a match the result is text 0.0.4 with
 * `underscores`: a scrape is never refused.
 */
export function negotiate(accept: string | undefined): NegotiatedFormat {
  const ranges = parseRanges(accept ?? '')
  let best: Candidate | undefined
  for (const format of formats) {
    const candidate = candidateFor(format, ranges)
    if (
      candidate !== undefined &&
      candidate.quality > 0 &&
      (best === undefined || isBetter(candidate, best))
    ) {
      best = candidate
    }
  }
  return best ?? { format: defaultFormat, scheme: 'underscores' }
}

/** Returns whether an `Accept-Encoding` header allows gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = parseRanges(acceptEncoding ?? '')
  const named = codings.find(({ value }) => value === 'gzip' || value === 'x-gzip')
  return ((named ?? codings.find(({ value }) => value === '*'))?.quality ?? 0) > 0
}

function candidateFor(format: ExpositionFormat, ranges: readonly Range[]): Candidate | undefined {
  let best: Candidate | undefined
  for (const range of ranges) {
    const specificity = specificityFor(format, range)
    if (specificity === undefined) continue
    const { quality, position } = range
    const candidate = { format, scheme: schemeFor(format, range), quality, specificity, position }
    const better =
      best === undefined ||
      specificity > best.specificity ||
      (specificity === best.specificity && quality > best.quality)
    if (better) best = candidate
  }
  return best
}

/**
 * Returns 3 for a range with type and version, 2 for the type alone, 1 for the type with any subtype, 0 for any type; undefined
 * if the range does not match.
 */
function specificityFor(format: ExpositionFormat, { value, parameters }: Range): number | undefined {
  if (value === '*/*') return 0
  if (value === `${format.mediaType.split('/')[0]}/*`) return 1
  if (value !== format.mediaType) return undefined
  const version = parameters.get('version')
  if (version === undefined) return 2
  return version === format.version ? 3 : undefined
}

function schemeFor(format: ExpositionFormat, { parameters }: Range): EscapingScheme {
  const requested = parameters.get('escaping') ?? ''
  return format.escapes && isEscapingScheme(requested) ? requested : 'underscores'
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.quality !== b.quality) return a.quality > b.quality
  if (a.specificity !== b.specificity) return a.specificity > b.specificity
  return a.position < b.position
}

/** Parses a header in linear time. Malformed ranges match nothing. */
function parseRanges(header: string): Range[] {
  return splitUnquoted(header, ',').map((text, position) => {
    const [value = '', ...rest] = splitUnquoted(text, ';')
    const parameters = new Map(rest.map(parameter))
    const quality = Number(parameters.get('q') ?? '1')
    return {
      value: value.trim().toLowerCase(),
      parameters,
      quality: quality >= 0 && quality <= 1 ? quality : 0,
      position,
    }
  })
}

function parameter(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=')
  if (equals === -1) return [text.trim().toLowerCase(), '']
  const value = text.slice(equals + 1).trim()
  const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"')
  return [text.slice(0, equals).trim().toLowerCase(), quoted ? value.slice(1, -1) : value]
}

function splitUnquoted(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === separator && !quoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
