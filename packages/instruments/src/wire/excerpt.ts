import { lastElementsIn } from './json-elements.ts'
import { findInHead, findInTail, valueAt } from './json-scan.ts'
import { HeadMembers, TailMembers } from './member-index.ts'
import { decodeBytes } from './utf8.ts'

/** Beginning and end of a JSON text that may be too long to keep. */
export interface Excerpt {
  readonly head: string
  /** The text after {@link Excerpt.head}, or the end of it if a part between the two was not kept. */
  readonly tail: string
  /** Whether head and tail are the whole text. */
  readonly isWhole: boolean
}

/** Whether a text has one character for each byte of its UTF-8, or is decoded. */
export type TextEncoding = 'bytes' | 'decoded'

/**
 * Reads members of the JSON object in an {@link Excerpt}. A whole text is parsed, once. In a longer one, members are found
 * that lie entirely in its head or in its tail. The strings of members are decoded. No method throws.
 */
export class ExcerptReader {
  readonly #excerpt: Excerpt
  readonly #decode: (text: string) => string
  #parsed: unknown
  #isParsed = false
  #headMembers: HeadMembers | undefined
  #tailMembers: TailMembers | undefined

  /** @param encoding default: `bytes`, as the text of event streams and WebSockets is stored */
  constructor(excerpt: Excerpt, encoding: TextEncoding = 'bytes') {
    this.#excerpt = excerpt
    this.#decode = encoding === 'bytes' ? decodeBytes : asIs
  }

  /** Reads the data of an event: an excerpt of it if there is one, else `data`, which is all of it unless it was cut. */
  static of(data: string, excerpt: Excerpt | undefined): ExcerptReader {
    return new ExcerptReader(excerpt ?? { head: data, tail: '', isWhole: true })
  }

  /** Whether the object has a member, whose value may not have been kept. */
  has(name: string): boolean {
    if (this.#excerpt.isWhole) return this.get(name) !== undefined
    return this.#inHead.find(name) >= 0 || this.#inTail.find(name) >= 0
  }

  /** Returns the value at a path of member names; `undefined` if there is none, or it was not kept. */
  get(...path: string[]): unknown {
    const { head, tail, isWhole } = this.#excerpt
    if (!isWhole)
      return (
        valueAt(tail, this.#findInTail(path), this.#decode) ??
        valueAt(head, this.#findInHead(path), this.#decode)
      )
    if (!this.#isParsed) this.#parsed = parseJson(this.#decode(head + tail))
    this.#isParsed = true
    return path.reduce<unknown>(member, this.#parsed)
  }

  /**
   * Returns the elements of an array that is a member of the object. If it was not kept whole, these are the last ones, those
   * that lie entirely in the tail.
   */
  lastElements(name: string): readonly unknown[] {
    const value = this.get(name)
    if (Array.isArray(value)) return value
    if (this.#excerpt.isWhole || this.#inHead.find(name) < 0) return []
    return lastElementsIn(this.#excerpt.tail, this.#decode)
  }

  get #inHead(): HeadMembers {
    this.#headMembers ??= new HeadMembers(this.#excerpt.head)
    return this.#headMembers
  }

  get #inTail(): TailMembers {
    this.#tailMembers ??= new TailMembers(this.#excerpt.tail)
    return this.#tailMembers
  }

  #findInHead(path: readonly string[]): number {
    const [name = ''] = path
    if (path.length === 1) return this.#inHead.find(name)
    return this.#inHead.find(name) < 0 ? -1 : findInHead(this.#excerpt.head, path)
  }

  #findInTail(path: readonly string[]): number {
    const [name = ''] = path
    return path.length === 1 ? this.#inTail.find(name) : findInTail(this.#excerpt.tail, path)
  }
}

const asIs = (text: string): string => text

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
