/** Reads one line from left to right; every method throws if the line is not what it asks for. */
export class Tokens {
  readonly #line: string
  #at = 0

  constructor(line: string) {
    this.#line = line
  }

  get rest(): string {
    return this.#line.slice(this.#at)
  }

  /** Whether the next characters are these; if so they are read. */
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

  /** Text between quotes; only `\\`, `\n` and `\"` may follow a backslash. */
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

/** Undoes the escapes of a label value or of HELP in OpenMetrics. */
export function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}
