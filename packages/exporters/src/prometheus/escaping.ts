/**
 * How a scraper wants names that are no legacy names (Prometheus, "Content negotiation" and "UTF-8
 * escaping schemes").
 */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

/** Whether a text is one of the four schemes. */
export function isEscapingScheme(text: string): text is EscapingScheme {
  return text === 'allow-utf-8' || text === 'underscores' || text === 'dots' || text === 'values'
}

const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

/** Whether a name can be written without quotes, as all formats before UTF-8 names do. */
export function isLegacyName(name: string): boolean {
  return LEGACY_NAME.test(name)
}

/** A metric or label name as the scheme writes it. */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (scheme === 'allow-utf-8') return name
  if (scheme === 'dots') return dots(name)
  if (isLegacyName(name)) return name
  return scheme === 'values' ? values(name) : underscores(name)
}

function underscores(name: string): string {
  if (name === '') return '_'
  return perCharacter(name, () => '_')
}

/** `_` is doubled, `.` is `_dot_`, all else that is no legacy character is `__`. */
function dots(name: string): string {
  let escaped = ''
  let first = true
  for (const character of name) {
    if (character === '_') escaped += '__'
    else if (character === '.') escaped += '_dot_'
    else escaped += isLegacyCharacter(character, first) ? character : '__'
    first = false
  }
  return escaped === '' ? '_' : escaped
}

/** `U__` in front, `_` doubled, all else that is no legacy character as its code point in hexadecimal. */
function values(name: string): string {
  return `U__${perCharacter(name.replaceAll('_', '__'), (character) => `_${hexadecimal(character)}_`)}`
}

function hexadecimal(character: string): string {
  const point = character.codePointAt(0) ?? 0xfffd
  return (point >= 0xd800 && point <= 0xdfff ? 0xfffd : point).toString(16)
}

function perCharacter(name: string, replace: (character: string) => string): string {
  let escaped = ''
  for (const character of name) {
    escaped += isLegacyCharacter(character, escaped === '') ? character : replace(character)
  }
  return escaped
}

function isLegacyCharacter(character: string, first: boolean): boolean {
  return first ? /^[a-zA-Z_:]$/.test(character) : /^[a-zA-Z0-9_:]$/.test(character)
}
