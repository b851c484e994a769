/** The `route` of a request that no route of the application matched. */
export const UNMATCHED_ROUTE = 'unmatched'

/** The `route` of a template that came after {@link RouteLabels} was full. */
export const OTHER_ROUTE = 'other'

/** Route templates kept apart; an application that makes templates out of paths meets this bound. */
const MAX_TEMPLATES = 1000

/** The longest template taken as it is, in UTF-16 units; a longer one is cut. */
const MAX_LENGTH = 256

/**
 * Route templates as `route` labels: placeholders spelled `{name}` whatever the framework writes, and no more
 * than {@link MAX_TEMPLATES} of them in the life of the process.
 */
export class RouteLabels {
  readonly #labels = new Map<string, string>()
  #refused = 0

  /** How many times a template was answered with {@link OTHER_ROUTE}. */
  get refused(): number {
    return this.#refused
  }

  /** The label of a framework's template; `undefined` means that no route matched. */
  label(template: string | undefined): string {
    if (template === undefined || template === '') return UNMATCHED_ROUTE
    return this.#labels.get(template) ?? this.#learn(template)
  }

  #learn(template: string): string {
    if (this.#labels.size >= MAX_TEMPLATES) {
      this.#refused++
      return OTHER_ROUTE
    }
    const label = spellWithBraces(template.slice(0, 2 * MAX_LENGTH)).slice(0, MAX_LENGTH)
    this.#labels.set(template, label)
    return label
  }
}

/**
 * Rewrites a template of Express, Fastify, Koa, Next, h3 or `URLPattern` so that every placeholder reads `{name}`:
 * `/users/:id(\\d+)` and `/users/:id?` become `/users/{id}`, `/files/*path` becomes `/files/{path}`, an optional
 * group `{/:id}` loses its braces, `::` is a literal colon; so do Next's `/[id]` and `/[[...path]]`, and rou3's
 * `/**:path`. A template already spelled with braces stays.
 */
export function spellWithBraces(template: string): string {
  let out = ''
  for (let i = 0; i < template.length; ) {
    const [text, next] = token(template, i)
    out += text
    i = next
  }
  return out
}

/** One token at `i`: what it is spelled as, and where the next one begins. */
function token(template: string, i: number): readonly [text: string, next: number] {
  const char = template[i] as string
  if (char === ':' && template[i + 1] === ':') return [':', i + 2]
  const known = /^\*\*:(\w+)/.exec(template.slice(i, i + MAX_LENGTH)) ?? segmentInBrackets(template, i)
  if (known !== null) return [`{${known[1]}}`, i + known[0].length]
  if (char === ':' || char === '*') {
    const name = /^"([^"]+)"|^(\w+)/.exec(template.slice(i + 1))
    if (name !== null) return [`{${name[1] ?? name[2]}}`, afterModifiers(template, i + 1 + name[0].length)]
    return [char, i + 1]
  }
  if (char !== '{') return [char, i + 1]
  const close = closing(template, i, '{', '}')
  const content = template.slice(i + 1, close)
  return [/^\w+$/.test(content) ? `{${content}}` : spellWithBraces(content), close + 1]
}

/** `[id]`, `[...path]` or `[[...path]]` at `i`, if that is a whole segment of the path. */
function segmentInBrackets(template: string, i: number): RegExpExecArray | null {
  const isAtStart = template[i] === '[' && template[i - 1] === '/' && template[i - 2] !== '\\'
  return isAtStart ? /^\[{1,2}(?:\.\.\.)?(\w+)\]{1,2}(?=\/|$)/.exec(template.slice(i)) : null
}

/** Skips a constraint `(…)` and the modifiers `?`, `+`, `*` of a placeholder that ends before `i`. */
function afterModifiers(template: string, i: number): number {
  let next = template[i] === '(' ? closing(template, i, '(', ')') + 1 : i
  if (template[next] === '?' || template[next] === '+' || template[next] === '*') next++
  return next
}

/** The index of the bracket that closes the one at `i`, or the last index if none does. */
function closing(template: string, i: number, open: string, close: string): number {
  let depth = 0
  for (let at = i; at < template.length; at++) {
    if (template[at] === open) depth++
    if (template[at] === close && --depth === 0) return at
  }
  return template.length - 1
}
