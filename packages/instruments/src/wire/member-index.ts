import { endOfString, isCloser, isOpener, QUOTE, startOfString, valueStart } from './json-scan.ts'

/** How many names of members are stored for a text; further members are not found. */
const MAX_NAMES = 1024

/**
 * Finds members of the JSON object that begins a text. Scans the text at most once, however many members are sought: a scan
 * of 128 kB for each takes several milliseconds together.
 */
export class HeadMembers {
  readonly #text: string
  readonly #values = new Map<string, number>()
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Returns where the value of a member begins, as `findInHead` finds it; -1 if there is none. */
  find(name: string): number {
    return this.#values.get(name) ?? this.#scanFor(name)
  }

  #scanFor(name: string): number {
    const text = this.#text
    let at = this.#at
    let depth = this.#depth
    let found = -1
    for (; found < 0 && at < text.length && this.#values.size < MAX_NAMES; at++) {
      const code = text.charCodeAt(at)
      if (isOpener(code)) depth++
      else if (isCloser(code)) depth--
      else if (code === QUOTE) {
        const end = endOfString(text, at)
        const value = depth === 1 ? valueStart(text, end + 1) : -1
        if (value >= 0 && this.#add(text.slice(at + 1, end), value) === name) found = value
        at = end
      }
    }
    this.#at = at
    this.#depth = depth
    return found
  }

  /** The first member of a name counts. */
  #add(name: string, value: number): string {
    if (!this.#values.has(name)) this.#values.set(name, value)
    return name
  }
}

/** Finds members of the JSON object that ends a text, as {@link HeadMembers} does, backwards. */
export class TailMembers {
  readonly #text: string
  readonly #values = new Map<string, number>()
  #at: number
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#at = text.length - 1
  }

  /** Returns where the value of a member begins, as `findInTail` finds it; -1 if there is none. */
  find(name: string): number {
    return this.#values.get(name) ?? this.#scanFor(name)
  }

  #scanFor(name: string): number {
    const text = this.#text
    let at = this.#at
    let depth = this.#depth
    let found = -1
    for (; found < 0 && at >= 0 && this.#values.size < MAX_NAMES; at--) {
      const code = text.charCodeAt(at)
      if (isCloser(code)) depth++
      else if (isOpener(code)) depth--
      else if (code === QUOTE) {
        const start = startOfString(text, at)
        if (start <= 0) {
          at = -1 // its beginning is missing, or may be
          break
        }
        const value = depth === 1 ? valueStart(text, at + 1) : -1
        if (value >= 0 && this.#add(text.slice(start + 1, at), value) === name) found = value
        at = start
      }
    }
    this.#at = at
    this.#depth = depth
    return found
  }

  /** The last member of a name counts. */
  #add(name: string, value: number): string {
    if (!this.#values.has(name)) this.#values.set(name, value)
    return name
  }
}
