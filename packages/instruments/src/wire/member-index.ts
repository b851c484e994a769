import { endOfString, isCloser, isOpener, QUOTE, startOfString, valueStart } from './json-scan.ts'

/** How many names of members are stored for a text; further members are not found. */
const MAX_NAMES = 1024

/** The members of one JSON object. Scans its text at most once, however many members are sought. */
abstract class Members {
  protected readonly text: string
  readonly #values = new Map<string, number>()

  constructor(text: string) {
    this.text = text
  }

  /** Returns where the value of a member begins; -1 if there is none. */
  find(name: string): number {
    return this.#values.get(name) ?? this.scanFor(name)
  }

  /** Adds members from where the last scan stopped until one has the name. Returns where its value begins, or -1. */
  protected abstract scanFor(name: string): number

  protected get isFull(): boolean {
    return this.#values.size >= MAX_NAMES
  }

  /** The first member of a name that the scan finds counts. Returns the name. */
  protected add(name: string, value: number): string {
    if (!this.#values.has(name)) this.#values.set(name, value)
    return name
  }
}

/**
 * Finds members of the JSON object that begins a text, as `findInHead` does; of members with the same name, the first. One
 * scan of 128 kB for each member would take several milliseconds together.
 */
export class HeadMembers extends Members {
  #at = 0
  #depth = 0

  protected override scanFor(name: string): number {
    const text = this.text
    let at = this.#at
    let depth = this.#depth
    let found = -1
    for (; found < 0 && at < text.length && !this.isFull; at++) {
      const code = text.charCodeAt(at)
      if (isOpener(code)) depth++
      else if (isCloser(code)) depth--
      else if (code === QUOTE) {
        const end = endOfString(text, at)
        const value = depth === 1 ? valueStart(text, end + 1) : -1
        if (value >= 0 && this.add(text.slice(at + 1, end), value) === name) found = value
        at = end
      }
    }
    this.#at = at
    this.#depth = depth
    return found
  }
}

/** Finds members of the JSON object that ends a text, backwards, as `findInTail` does; of members with the same name, the last. */
export class TailMembers extends Members {
  #at = this.text.length - 1
  #depth = 0

  protected override scanFor(name: string): number {
    const text = this.text
    let at = this.#at
    let depth = this.#depth
    let found = -1
    for (; found < 0 && at >= 0 && !this.isFull; at--) {
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
        if (value >= 0 && this.add(text.slice(start + 1, at), value) === name) found = value
        at = start
      }
    }
    this.#at = at
    this.#depth = depth
    return found
  }
}
