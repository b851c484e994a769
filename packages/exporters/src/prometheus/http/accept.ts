import { type EscapingScheme, isEscapingScheme } from '../naming/escaping.ts'
import type { ExpositionFormat } from '../text/format.ts'
import { defaultFormat, formats } from '../text/formats.ts'

/** What a scraper gets. */
export interface NegotiatedFormat {
  readonly format: ExpositionFormat
  readonly scheme: EscapingScheme
}

/** One media range of an `Accept` header, or one coding of an `Accept-Encoding` header. */
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
 * The format that an `Accept` header prefers: for each of ours the most specific range that names it says
 * its quality (RFC 9110, 12.5.1; `q=0` excludes), the highest wins, then the more specific, then the earlier.
 * Without a header, or if nothing fits, text 0.0.4 with underscores: a scrape is never refused.
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

/** Whether an `Accept-Encoding` header allows gzip. */
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

/** 3 with the version named, 2 for the type alone, 1 for `text/*`, 0 for all; undefined if it does not match. */
function specificityFor(format: ExpositionFormat, { value, parameters }: Range): number | undefined {
  if (value === '*/*') return 0
  if (value === `${format.mediaType.split('/')[0]}/*`) return 1
  if (value !== format.mediaType) return undefined
  const version = parameters.get('version')
  if (version === undefined) return 2
  return version === format.version ? 3 : undefined
}

function schemeFor(format: ExpositionFormat, { parameters }: Range): EscapingScheme {
  const asked = parameters.get('escaping') ?? ''
  return format.escapes && isEscapingScheme(asked) ? asked : 'underscores'
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.quality !== b.quality) return a.quality > b.quality
  if (a.specificity !== b.specificity) return a.specificity > b.specificity
  return a.position < b.position
}

/** Lenient, and linear in the length of the header: what is no range matches nothing. */
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
