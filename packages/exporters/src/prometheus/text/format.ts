import type { EscapingScheme } from '../naming/escaping.ts'
import type { WrittenFamily } from './written-family.ts'

/**
 * An exposition format: how metric families become text. To add a format, create a file with an object of this type and
 * list it in `formats.ts`.
 */
export interface ExpositionFormat {
  /** Type and subtype as in `Accept`, in lower case. */
  readonly mediaType: string
  readonly version: string
  /** Whether the media type has the parameter `escaping`. Without it names are escaped by `underscores`. */
  readonly escapes: boolean
  /** Writes one family, metadata first, in parts that end at a line end. Parts may be empty. */
  family(family: WrittenFamily): Generator<string>
  /** Text at the end of the exposition. */
  readonly end: string
}

/** Format and escaping scheme of a scrape. */
export interface NegotiatedFormat {
  readonly format: ExpositionFormat
  readonly scheme: EscapingScheme
}

/** Returns the `Content-Type` of a format, with its version and the escaping scheme. */
export function contentType(format: ExpositionFormat, scheme: EscapingScheme): string {
  const escaping = format.escapes ? `; escaping=${scheme}` : ''
  return `${format.mediaType}; version=${format.version}; charset=utf-8${escaping}`
}
