/**
 * Matches a last segment that takes the rest of a path, in the syntax of:
 * - Fastify, Hono, Express 4 and h3: `*`, `**`, `**:path`; Hono with a pattern: `:path{.+}`
 * - Express 5 and Koa: `*path`, `*"the path"`, `{*path}`, `(.*)`, `:path(.*)`
 * - `URLPattern` and older routers: `:path*`, `:path+`, `{path+}`, `{path*}`
 * - Next: `[...path]`, `[[...path]]`
 */
const WILDCARD =
  /^(?:\*{1,2}(?::?\w+|"[^"]*")?|:\w+(?:[*+]|(?:\(\.[*+]\)|\{\.[*+]\})[?*+]?)|\(\.[*+]\)[?*+]?|\[{1,2}\.\.\.\w+\]{1,2})$/

/** The same in braces: a wildcard, or a name with `*` or `+`. */
const IN_BRACES = /\{\/?(?:\*\w*|\w+[*+])\}$/

/** Whether a route template ends with a wildcard: it matches paths of any length, such as those a proxy passes on. */
export function endsWithWildcard(template: string): boolean {
  return IN_BRACES.test(template) || WILDCARD.test(template.slice(template.lastIndexOf('/') + 1))
}
