/** Matches `/v1/responses/{id}`: literal segments, and placeholders that are whole segments. */
const TEMPLATE = /^\/(?:(?:[^\s/?#{}[\]():*]+|\{\w+\})(?:\/(?!$)|$))*$/

/** Matches the scheme and authority of a target in absolute form, which clients send to proxies (RFC 9112 section 3.2.2). */
const ABSOLUTE = /^https?:\/\/[^/?#]+/i

const SLASH = 47

/** Templates below one segment, or below none. */
interface Segment {
  /** Templates that continue with a literal segment. */
  readonly literals: Map<string, Segment>
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
  readonly #root = emptySegment()

  /** Templates for which {@link isPathTemplate} is `false` are ignored. */
  constructor(templates: readonly string[]) {
    for (const template of templates) {
      if (!isPathTemplate(template)) continue
      if (template.includes('{')) this.#add(template)
      else this.#exact.set(template, template)
    }
  }

  #add(template: string): void {
    let node = this.#root
    for (const name of template.slice(1).split('/')) {
      let next = name.startsWith('{') ? node.placeholder : node.literals.get(name)
      if (next === undefined) {
        next = emptySegment()
        if (name.startsWith('{')) node.placeholder = next
        else node.literals.set(name, next)
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
    return this.#exact.get(path) ?? templateBelow(this.#root, path, 1)
  }
}

/** Returns the template that the segments of a path match from `start` on. */
function templateBelow(node: Segment, path: string, start: number): string | undefined {
  const slash = path.indexOf('/', start)
  const end = slash < 0 ? path.length : slash
  if (end === start) return undefined
  for (const next of [node.literals.get(path.slice(start, end)), node.placeholder]) {
    const found = next && (slash < 0 ? next.template : templateBelow(next, path, end + 1))
    if (found !== undefined) return found
  }
  return undefined
}

function emptySegment(): Segment {
  return { literals: new Map(), placeholder: undefined, template: undefined }
}
