import type { EscapingScheme } from '../naming/escaping.ts'
import type { WrittenFamily } from './written-family.ts'

/**
 * An exposition format: how families become text. A further format is one more file with one of these, and
 * its line in `formats.ts`.
 */
export interface ExpositionFormat {
  /** Type and subtype as in `Accept`, lower case. */
  readonly mediaType: string
  readonly version: string
  /** Whether the format knows the parameter `escaping`; if not, names are escaped by `underscores`. */
  readonly escapes: boolean
  /** One family, its metadata first, in pieces that end at a line end; pieces may be empty. */
  family(family: WrittenFamily): Generator<string>
  /** What ends the exposition. */
  readonly end: string
}

/** The `Content-Type` that names a format, its version and how names are escaped. */
export function contentType(format: ExpositionFormat, scheme: EscapingScheme): string {
  const escaping = format.escapes ? `; escaping=${scheme}` : ''
  return `${format.mediaType}; version=${format.version}; charset=utf-8${escaping}`
}
