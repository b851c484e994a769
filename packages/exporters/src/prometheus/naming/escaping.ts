/**
 * How a scraper wants names that are no legacy names (Prometheus, "Content negotiation" and "UTF-8
 * escaping schemes").
 */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

/** Whether a text is one of the four schemes. */
export function isEscapingScheme(text: string): text is EscapingScheme {
  return text === 'allow-utf-8' || text === 'underscores' || text === 'dots' || text === 'values'
}

/** What a name is of: only names of metrics may have colons where they are not quoted. */
export type NameKind = 'metric' | 'label'

const LEGACY: Readonly<
  Record<NameKind, { readonly first: RegExp; readonly rest: RegExp; readonly whole: RegExp }>
> = {
  metric: { first: /[a-zA-Z_:]/, rest: /[a-zA-Z0-9_:]/, whole: /^[a-zA-Z_:][a-zA-Z0-9_:]*$/ },
  label: { first: /[a-zA-Z_]/, rest: /[a-zA-Z0-9_]/, whole: /^[a-zA-Z_][a-zA-Z0-9_]*$/ },
}

/** Whether a name can be written without quotes, as all formats before UTF-8 names do. */
export function isLegacyName(name: string, kind: NameKind): boolean {
  return LEGACY[kind].whole.test(name)
}

/** A metric or label name as the scheme writes it; never empty. */
export function escapeName(name: string, scheme: EscapingScheme, kind: NameKind): string {
  if (name === '') return '_'
  if (scheme === 'allow-utf-8') return name
  if (scheme === 'dots') return dots(name, kind)
  if (isLegacyName(name, kind)) return name
  return scheme === 'values' ? values(name, kind) : perCharacter(name, kind, () => '_')
}

/** `_` is doubled, `.` is `_dot_`, all else that is no legacy character is `__`. */
function dots(name: string, kind: NameKind): string {
  return perCharacter(name, kind, (character) => (character === '.' ? '_dot_' : '__'), '__')
}

/** `U__` in front, `_` doubled, all else that is no legacy character as its code point in hexadecimal. */
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
