import type { Dialect } from './dialect.ts'
import { ExpositionError } from './exposition-error.ts'

const SPACE = 0x20
const TAB = 0x09
const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y

/** Reads the tokens of one line after another. Every method throws an {@link ExpositionError} if the line does not match. */
export class LineScanner {
  readonly dialect: Dialect
  readonly #maxLength: number
  #line = ''
  #at = 0
  /** Number of the line, from 1. */
  number = 0

  /** @param maxLength longest name or quoted string, in UTF-16 code units */
  constructor(dialect: Dialect, maxLength: number) {
    this.dialect = dialect
    this.#maxLength = maxLength
  }

  /** Starts the next line. */
  next(line: string): void {
    this.#line = line
    this.#at = 0
    this.number += 1
  }

  get atEnd(): boolean {
    return this.#at === this.#line.length
  }

  /** Whether `text` comes next. */
  at(text: string): boolean {
    return this.#line.startsWith(text, this.#at)
  }

  /** Skips `text` if it comes next; returns whether it did. */
  skip(text: string): boolean {
    if (!this.at(text)) return false
    this.#at += text.length
    return true
  }

  expect(text: string): void {
    if (!this.skip(text)) this.fail(`expected ${text} at column ${this.#at + 1}`)
  }

  /** Skips what may stand between any two tokens: blanks and tabs in the text format, nothing in OpenMetrics. */
  skipBlanks(): void {
    if (this.dialect === 'text') while (this.#isBlank()) this.#at += 1
  }

  /** Skips the separator of two words: one space in OpenMetrics, any number of blanks and tabs in the text format. */
  separator(): void {
    if (!this.#isBlank()) this.fail(`expected a space at column ${this.#at + 1}`)
    if (this.dialect === 'openmetrics') this.expect(' ')
    else this.skipBlanks()
  }

  /** Reads up to the next separator; the result can be empty. */
  word(): string {
    const start = this.#at
    while (!this.atEnd && !this.#isBlank()) this.#at += 1
    return this.#line.slice(start, this.#at)
  }

  /** Reads the rest of the line. */
  rest(): string {
    const start = this.#at
    this.#at = this.#line.length
    return this.#line.slice(start)
  }

  metricName(): string {
    return this.#match(METRIC_NAME, 'metric name')
  }

  labelName(): string {
    return this.#match(LABEL_NAME, 'label name')
  }

  /** Reads a quoted string without its quotes and escapes. */
  quoted(): string {
    this.expect('"')
    const start = this.#at
    let end = this.#line.indexOf('"', start)
    while (end > start && this.#isEscaped(start, end)) end = this.#line.indexOf('"', end + 1)
    if (end === -1) this.fail('a quoted string does not end')
    this.#at = end + 1
    return this.unescape(this.#checkLength(this.#line.slice(start, end)), '"')
  }

  /**
   * Replaces the escapes of a text. The text format allows no others; in OpenMetrics a backslash before another
   * character is a backslash.
   * @param quote character that can be escaped, besides the backslash and the line feed
   */
  unescape(text: string, quote: '"' | ''): string {
    if (!text.includes('\\')) return text
    return text.replace(/\\(.?)/gs, (both, character: string) => {
      if (character === 'n') return '\n'
      if (character === '\\' || (character !== '' && character === quote)) return character
      if (character === '' || this.dialect === 'text') this.fail('invalid escape sequence')
      return both
    })
  }

  end(): void {
    this.skipBlanks()
    if (!this.atEnd) this.fail(`unexpected text at column ${this.#at + 1}`)
  }

  fail(reason: string): never {
    throw new ExpositionError('syntax', reason, this.number)
  }

  exceed(reason: string): never {
    throw new ExpositionError('limit', reason, this.number)
  }

  #isBlank(): boolean {
    const code = this.#line.charCodeAt(this.#at)
    return code === SPACE || (code === TAB && this.dialect === 'text')
  }

  /** Whether an odd number of backslashes precedes the character at `end`. */
  #isEscaped(start: number, end: number): boolean {
    let first = end
    while (first > start && this.#line.charCodeAt(first - 1) === 0x5c) first -= 1
    return (end - first) % 2 === 1
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#line)) this.fail(`invalid ${what} at column ${this.#at + 1}`)
    const start = this.#at
    this.#at = pattern.lastIndex
    return this.#checkLength(this.#line.slice(start, this.#at))
  }

  #checkLength(text: string): string {
    if (text.length > this.#maxLength) this.exceed(`a name or a value exceeds ${this.#maxLength} characters`)
    return text
  }
}
