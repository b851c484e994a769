/** Tokenizer of one line; every method throws if the line does not match. */
export class Tokens {
  readonly #line: string
  #at = 0

  constructor(line: string) {
    this.#line = line
  }

  get rest(): string {
    return this.#line.slice(this.#at)
  }

  /** Skips `text` if it comes next; returns whether it did. */
  skip(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  expect(text: string): void {
    if (!this.skip(text)) throw new Error(`expected ${JSON.stringify(text)} at ${this.#at} of ${this.#line}`)
  }

  match(pattern: RegExp): string {
    const found = new RegExp(pattern.source, 'y')
    found.lastIndex = this.#at
    const text = found.exec(this.#line)?.[0]
    if (text === undefined) throw new Error(`expected ${pattern} at ${this.#at} of ${this.#line}`)
    this.#at += text.length
    return text
  }

  /** Reads a quoted string; only `\\`, `\n` and `\"` may follow a backslash. */
  quoted(): string {
    this.expect('"')
    const text = this.match(/(?:[^"\\\n]|\\[\\n"])*/)
    this.expect('"')
    return unescapeText(text)
  }

  end(): void {
    if (this.rest !== '') throw new Error(`more than expected: ${this.#line}`)
  }
}

/** Unescapes a label value, or HELP text of OpenMetrics. */
export function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}
