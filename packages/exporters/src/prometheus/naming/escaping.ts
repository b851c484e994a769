/**
 * How names that are not legacy names are escaped for a scraper (Prometheus, "Content negotiation" and "UTF-8
 * escaping schemes").
 */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

/** Returns whether a text is one of the four schemes. */
export function isEscapingScheme(text: string): text is EscapingScheme {
  return text === 'allow-utf-8' || text === 'underscores' || text === 'dots' || text === 'values'
}

/** Kind of a name. Only unquoted metric names can contain colons. */
export type NameKind = 'metric' | 'label'

const LEGACY: Readonly<
  Record<NameKind, { readonly first: RegExp; readonly rest: RegExp; readonly whole: RegExp }>
> = {
  metric: { first: /[a-zA-Z_:]/, rest: /[a-zA-Z0-9_:]/, whole: /^[a-zA-Z_:][a-zA-Z0-9_:]*$/ },
  label: { first: /[a-zA-Z_]/, rest: /[a-zA-Z0-9_]/, whole: /^[a-zA-Z_][a-zA-Z0-9_]*$/ },
}

/** Returns whether a name needs no quotes. Formats without UTF-8 names allow only such names. */
export function isLegacyName(name: string, kind: NameKind): boolean {
  return LEGACY[kind].whole.test(name)
}

/** Escapes a metric or label name. The result is never empty. */
export function escapeName(name: string, scheme: EscapingScheme, kind: NameKind): string {
  if (name === '') return '_'
  if (scheme === 'allow-utf-8') return name
  if (scheme === 'dots') return dots(name, kind)
  if (isLegacyName(name, kind)) return name
  return scheme === 'values' ? values(name, kind) : perCharacter(name, kind, () => '_')
}

/** `_` becomes `__`, `.` becomes `_dot_`, and every other character that is not allowed becomes `__`. */
function dots(name: string, kind: NameKind): string {
  return perCharacter(name, kind, (character) => (character === '.' ? '_dot_' : '__'), '__')
}

/**
 * The name gets the prefix `U__`, `_` becomes `__`, and every other character that is not allowed becomes its
 * code point in hexadecimal between underscores.
 */
function values(name: string, kind: NameKind): string {
  return `U__${perCharacter(name, kind, (character) => `_${hexadecimal(character)}_`, '__')}`
}

function hexadecimal(character: string): string {
  const point = character.codePointAt(0) ?? 0xfffd
  return (point >= 0xd800 && point <= 0xdfff ? 0xfffd : point).toString(16)
}

function perCharacter(
  name: string,
  kind: NameKind,
  replace: (character: string) => string,
  underscore = '_',
): string {
  const { first, rest } = LEGACY[kind]
  let escaped = ''
  for (const character of name) {
    const isLegacy = (escaped === '' ? first : rest).test(character)
    if (character === '_') escaped += underscore
    else escaped += isLegacy ? character : replace(character)
  }
  return escaped
}
