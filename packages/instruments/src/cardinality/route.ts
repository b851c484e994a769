import type { AttributeDefinition } from './attribute.ts'
import { BoundedMap } from './bounded-map.ts'
import { boundedText, copyText, MAX_LENGTH } from './bounded-text.ts'

/** The `route` of a request that no route of the application matched. */
export const UNMATCHED_ROUTE = 'unmatched'

/** The `route` and `http.route` of a template that found no place. */
export const OTHER_ROUTE = 'other'

/** Values that are kept apart, {@link UNMATCHED_ROUTE} among them; templates made out of paths meet this bound. */
const MAX_ROUTES = 1000

/** The label `route` of requests. */
export const ROUTE = {
  name: 'route',
  values: [UNMATCHED_ROUTE],
  places: MAX_ROUTES - 1,
  other: OTHER_ROUTE,
  meaning: 'route templates with placeholders written as `{name}`; `unmatched` if no route matched',
} as const satisfies AttributeDefinition

/** `http.route` of the semantic conventions. */
export const HTTP_ROUTE = {
  name: 'http.route',
  values: [],
  places: MAX_ROUTES - 1,
  other: OTHER_ROUTE,
  meaning: 'route templates as the framework writes them; absent if no route matched',
} as const satisfies AttributeDefinition

interface Route {
  readonly label: string
  readonly template: string
}

/** Route templates as values of `route` and `http.route`, with one bound for both. */
export class RouteLabels {
  readonly #routes = new BoundedMap<Route>(ROUTE)
  #unmatched = 0

  /** How many times a template was answered with {@link OTHER_ROUTE}. */
  get refused(): number {
    return this.#routes.refused
  }

  /** How many requests had {@link UNMATCHED_ROUTE}. */
  get unmatched(): number {
    return this.#unmatched
  }

  /** Whether no request has had a template within the last hour. */
  get isEmpty(): boolean {
    return this.#routes.size === 0
  }

  /**
   * Returns the `route` of a framework's template: placeholders are spelled `{name}` whatever the framework writes.
   * @param template `undefined` means that no route matched
   * @param now milliseconds of a monotonic clock: a template that is not asked for gives up its place after an hour
   */
  label(template: string | undefined, now: number): string {
    if (template === undefined || template === '') {
      this.#unmatched++
      return UNMATCHED_ROUTE
    }
    return (
      (this.#routes.find(template, now) ?? this.#routes.add(template, routeOf, now))?.label ?? OTHER_ROUTE
    )
  }

  /** Returns the template as it may be kept by requests and spans: cut, and not a part of a larger text. */
  stored(template: string): string {
    return this.#routes.peek(template)?.template ?? copyText(template)
  }

  /** Returns the `http.route` of a template that {@link RouteLabels.label} was asked for. */
  httpRoute(template: string | undefined): string | undefined {
    if (template === undefined || template === '') return undefined
    return this.#routes.peek(template)?.template ?? OTHER_ROUTE
  }
}

function routeOf(template: string): Route {
  return { label: boundedText(spellWithBraces(template)), template }
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
