import { findInHead, findInTail, memberInHead, memberInTail } from './json-scan.ts'

/** Beginning and end of a JSON text that may be too long to keep. */
export interface Excerpt {
  readonly head: string
  /** The text after {@link Excerpt.head}, or the end of it if a part between the two was not kept. */
  readonly tail: string
  /** Whether head and tail are the whole text. */
  readonly isWhole: boolean
}

/**
 * Reads members of the JSON object in an {@link Excerpt}. A whole text is parsed, once. In a longer one, members are found
 * that lie entirely in its head or in its tail. No method throws.
 */
export class ExcerptReader {
  readonly #excerpt: Excerpt
  #parsed: unknown
  #isParsed = false

  constructor(excerpt: Excerpt) {
    this.#excerpt = excerpt
  }

  /** Reads the data of an event: an excerpt of it if there is one, else `data`, which is all of it unless it was cut. */
  static of(data: string, excerpt: Excerpt | undefined): ExcerptReader {
    return new ExcerptReader(excerpt ?? { head: data, tail: '', isWhole: true })
  }

  /** Whether the object has a member, whose value may not have been kept. */
  has(name: string): boolean {
    const { head, tail, isWhole } = this.#excerpt
    if (isWhole) return this.get(name) !== undefined
    return findInHead(head, [name]) >= 0 || findInTail(tail, [name]) >= 0
  }

  /** Returns the value at a path of member names; `undefined` if there is none, or it was not kept. */
  get(...path: string[]): unknown {
    const { head, tail, isWhole } = this.#excerpt
    if (!isWhole) return memberInTail(tail, path) ?? memberInHead(head, path)
    if (!this.#isParsed) this.#parsed = parseJson(head + tail)
    this.#isParsed = true
    return path.reduce<unknown>(member, this.#parsed)
  }
}

/** Parses JSON; returns `undefined` for anything else. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Returns an own member of an object; `undefined` if the value is not an object or has no such member. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}
