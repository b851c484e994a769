import { API_ROUTES } from './api-routes.ts'
import type { AttributeDefinition } from './attribute.ts'
import { BoundedMap } from './bounded-map.ts'
import { boundedText, copyText, MAX_LENGTH } from './bounded-text.ts'
import { PathTemplates } from './path-templates.ts'
import { endsWithWildcard } from './wildcard-template.ts'

/** Value of `route` for a request that no route of the application matched. */
export const UNMATCHED_ROUTE = 'unmatched'

/** Value of `route` and `http.route` for a template beyond the limit. */
export const OTHER_ROUTE = 'other'

/** Limit of `route` values, including {@link UNMATCHED_ROUTE}. An application that registers paths as templates reaches it. */
const MAX_ROUTES = 1000

/** The label `route` of requests. */
export const ROUTE = {
  name: 'route',
  values: [UNMATCHED_ROUTE],
  limit: MAX_ROUTES - 1,
  overflow: OTHER_ROUTE,
  description: 'route templates with placeholders written as `{name}`; `unmatched` if no route matched',
} as const satisfies AttributeDefinition

/** `http.route` of the semantic conventions. */
export const HTTP_ROUTE = {
  name: 'http.route',
  values: [],
  limit: MAX_ROUTES - 1,
  overflow: OTHER_ROUTE,
  description: 'route templates as the framework writes them; absent if no route matched',
} as const satisfies AttributeDefinition

interface Route {
  readonly label: string
  readonly template: string
  readonly isWildcard: boolean
}

/** Turns route templates into values of `route` and `http.route`, with one limit for both. */
export class RouteLabels {
  readonly #routes = new BoundedMap<Route>(ROUTE)
  readonly #paths: PathTemplates
  #unmatched = 0
  #hasStored = false

  /**
   * @param paths templates of the paths of requests that no framework gave a route, or only one that ends with a wildcard;
   * default: {@link API_ROUTES}
   */
  constructor(paths: readonly string[] = API_ROUTES) {
    this.#paths = new PathTemplates(paths)
  }

  /** Number of templates that were replaced by {@link OTHER_ROUTE}. */
  get overflowCount(): number {
    return this.#routes.overflowCount
  }

  /** Number of requests without a route. */
  get unmatched(): number {
    return this.#unmatched
  }

  /** Whether a framework or the application has set a route of any request. */
  get hasStored(): boolean {
    return this.#hasStored
  }

  /**
   * Returns the template that a request is recorded with: the one that matched in its framework or, if there is none or it
   * ends with a wildcard, the configured template that matches its path.
   * @param target of the request
   */
  choose(template: string | undefined, target: string | undefined): string | undefined {
    if (template === undefined || template === '') return this.#paths.match(target)
    const isWildcard = this.#routes.peek(template)?.isWildcard ?? endsWithWildcard(template)
    return isWildcard ? (this.#paths.match(target) ?? template) : template
  }

  /**
   * Returns the `route` of a framework's template, with placeholders written as `{name}`.
   * @param template `undefined` if no route matched
   * @param now milliseconds of a monotonic clock; a template that is not used for an hour may be replaced
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

  /** Returns a template of at most 256 characters, to be stored by requests and spans without keeping a longer text. */
  stored(template: string): string {
    this.#hasStored = true
    return this.#routes.peek(template)?.template ?? copyText(template)
  }

  /** Returns the `http.route` of a template that was passed to {@link RouteLabels.label}. */
  httpRoute(template: string | undefined): string | undefined {
    if (template === undefined || template === '') return undefined
    return this.#routes.peek(template)?.template ?? OTHER_ROUTE
  }
}

function routeOf(template: string): Route {
  return {
    label: boundedText(normalizeTemplate(template)),
    template,
    isWildcard: endsWithWildcard(template),
  }
}

/**
 * Rewrites the placeholders of a template of Express, Fastify, Koa, Next, h3 or `URLPattern` as `{name}`:
 * `/users/:id(\\d+)` and `/users/:id?` become `/users/{id}`, `/files/*path` becomes `/files/{path}`, Next's `/[[...path]]`
 * and rou3's `/**:path` become `/{path}`. An optional group `{/:id}` loses its braces, `::` is a literal colon.
 * Placeholders that are written with braces do not change.
 */
export function normalizeTemplate(template: string): string {
  let out = ''
  for (let i = 0; i < template.length; ) {
    const [text, next] = token(template, i)
    out += text
    i = next
  }
  return out
}

/** Returns the token at `i`, rewritten, and the index of the next one. */
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
  return [/^\w+$/.test(content) ? `{${content}}` : normalizeTemplate(content), close + 1]
}

/** Matches `[id]`, `[...path]` or `[[...path]]` at `i`, if that is a whole segment of the path. */
function segmentInBrackets(template: string, i: number): RegExpExecArray | null {
  const isAtStart = template[i] === '[' && template[i - 1] === '/' && template[i - 2] !== '\\'
  return isAtStart ? /^\[{1,2}(?:\.\.\.)?(\w+)\]{1,2}(?=\/|$)/.exec(template.slice(i)) : null
}

/** Returns the index after the constraint `(…)` and the modifier `?`, `+` or `*` of a placeholder that ends before `i`. */
function afterModifiers(template: string, i: number): number {
  let next = template[i] === '(' ? closing(template, i, '(', ')') + 1 : i
  if (template[next] === '?' || template[next] === '+' || template[next] === '*') next++
  return next
}

/** Returns the index of the bracket that closes the one at `i`, or the last index if it is missing. */
function closing(template: string, i: number, open: string, close: string): number {
  let depth = 0
  for (let at = i; at < template.length; at++) {
    if (template[at] === open) depth++
    if (template[at] === close && --depth === 0) return at
  }
  return template.length - 1
}
