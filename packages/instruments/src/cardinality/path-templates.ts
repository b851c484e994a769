/** Matches `/v1/responses/{id}`: literal segments, and placeholders that are whole segments. */
const TEMPLATE = /^\/(?:(?:[^\s/?#{}[\]():*]+|\{\w+\})(?:\/(?!$)|$))*$/

/** Matches the scheme and authority of a target in absolute form, which clients send to proxies (RFC 9112 section 3.2.2). */
const ABSOLUTE = /^https?:\/\/[^/?#]+/i

const SLASH = 47

/** Templates below one segment, or below none. */
interface Segment {
  /** Templates that continue with a literal segment. */
  readonly literals: Map<string, Segment>
  /** The only key of {@link Segment.literals}, if it has one key: a comparison costs less than a look-up of a new string. */
  onlyLiteral: string | undefined
  /** Templates that continue with a placeholder. */
  placeholder: Segment | undefined
  /** The template that ends here. */
  template: string | undefined
}

/** Whether a text can be passed to {@link PathTemplates}. */
export function isPathTemplate(text: string): boolean {
  return TEMPLATE.test(text)
}

/**
 * Templates of paths such as `/v1/responses/{id}`. A placeholder matches one segment that is not empty, a literal segment
 * takes precedence over it, and everything else has to be equal. Of equal templates, the first counts.
 */
export class PathTemplates {
  /** Templates without placeholders. */
  readonly #exact = new Map<string, string>()
  /** Lengths of the templates without placeholders: paths of other lengths are not looked up. */
  readonly #exactLengths = new Set<number>()
  readonly #root = emptySegment()

  /** Templates for which {@link isPathTemplate} is `false` are ignored. */
  constructor(templates: readonly string[]) {
    for (const template of templates) {
      if (!isPathTemplate(template)) continue
      if (template.includes('{')) this.#add(template)
      else {
        this.#exact.set(template, template)
        this.#exactLengths.add(template.length)
      }
    }
  }

  #add(template: string): void {
    let node = this.#root
    for (const name of template.slice(1).split('/')) {
      let next = name.startsWith('{') ? node.placeholder : node.literals.get(name)
      if (next === undefined) {
        next = emptySegment()
        if (name.startsWith('{')) node.placeholder = next
        else {
          node.literals.set(name, next)
          node.onlyLiteral = node.literals.size === 1 ? name : undefined
        }
      }
      node = next
    }
    node.template ??= template
  }

  /**
   * Returns the template that the path of a request matches.
   * @param target of the request; a query is ignored
   */
  match(target: string | undefined): string | undefined {
    if (target === undefined) return undefined
    if (target.charCodeAt(0) !== SLASH)
      return ABSOLUTE.test(target) ? this.match(target.replace(ABSOLUTE, '')) : undefined
    const query = target.indexOf('?')
    const path = query < 0 ? target : target.slice(0, query)
    const exact = this.#exactLengths.has(path.length) ? this.#exact.get(path) : undefined
    return exact ?? templateBelow(this.#root, path, 1)
  }
}

/** Returns the template that the segments of a path match from `start` on. */
function templateBelow(node: Segment, path: string, start: number): string | undefined {
  const slash = path.indexOf('/', start)
  const end = slash < 0 ? path.length : slash
  if (end === start) return undefined
  const isLast = slash < 0
  const literal = literalAt(node, path, start, end)
  const found = literal && (isLast ? literal.template : templateBelow(literal, path, end + 1))
  if (found !== undefined || node.placeholder === undefined) return found
  return isLast ? node.placeholder.template : templateBelow(node.placeholder, path, end + 1)
}

/** Returns the templates that continue with the literal segment that lies in a path from `start` to `end`. */
function literalAt(node: Segment, path: string, start: number, end: number): Segment | undefined {
  const { literals, onlyLiteral } = node
  if (literals.size === 0) return undefined
  if (onlyLiteral === undefined) return literals.get(path.slice(start, end))
  const isEqual = onlyLiteral.length === end - start && path.startsWith(onlyLiteral, start)
  return isEqual ? literals.get(onlyLiteral) : undefined
}

function emptySegment(): Segment {
  return { literals: new Map(), onlyLiteral: undefined, placeholder: undefined, template: undefined }
}
