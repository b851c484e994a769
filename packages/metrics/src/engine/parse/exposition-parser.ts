import type { Family } from '../family.ts'
import type { Dialect } from './dialect.ts'
import { ExpositionError } from './exposition-error.ts'
import { FamilyList } from './family-list.ts'
import { foldCreated } from './fold-created.ts'
import type { ExpositionLimits } from './limits.ts'
import { LineScanner } from './line-scanner.ts'
import type { Line } from './read-lines.ts'
import { readMetadata } from './read-metadata.ts'
import { readSample } from './read-sample.ts'

/** Builds families from the lines of an exposition. */
export class ExpositionParser {
  readonly #dialect: Dialect
  readonly #limits: ExpositionLimits
  readonly #scanner: LineScanner
  readonly #families: FamilyList
  #samples = 0
  #hasEnded = false

  constructor(dialect: Dialect, limits: ExpositionLimits) {
    this.#dialect = dialect
    this.#limits = limits
    this.#scanner = new LineScanner(dialect, limits.maxLabelLength)
    this.#families = new FamilyList(dialect)
  }

  /** Reads the next line. */
  read({ text, isComplete }: Line): void {
    const scanner: LineScanner = this.#scanner
    scanner.next(text)
    if (this.#hasEnded) scanner.fail('text after # EOF')
    if (!isComplete && !(this.#dialect === 'openmetrics' && text === '# EOF'))
      scanner.fail('the last line has no line feed')
    if (this.#dialect === 'openmetrics') this.#readOpenMetrics(text)
    else this.#readText()
  }

  /** Returns the families after the last line. Yields after every few points. */
  *families(): Generator<void, Family[]> {
    const { number } = this.#scanner
    if (this.#dialect === 'openmetrics' && !this.#hasEnded)
      throw new ExpositionError('syntax', 'the exposition has no # EOF', number + 1)
    const families = yield* this.#families.build(number)
    return this.#dialect === 'openmetrics' ? families : yield* foldCreated(families)
  }

  #readOpenMetrics(text: string): void {
    const scanner: LineScanner = this.#scanner
    if (text === '# EOF') {
      this.#hasEnded = true
      return
    }
    if (!scanner.skip('#')) {
      this.#readSample()
      return
    }
    scanner.expect(' ')
    const keyword = scanner.word()
    if (keyword !== 'HELP' && keyword !== 'TYPE' && keyword !== 'UNIT')
      scanner.fail('unknown keyword after #')
    readMetadata(scanner, this.#families, keyword)
  }

  /** Ignores blank lines and comments. */
  #readText(): void {
    const scanner: LineScanner = this.#scanner
    scanner.skipBlanks()
    if (scanner.atEnd) return
    if (!scanner.skip('#')) {
      this.#readSample()
      return
    }
    scanner.skipBlanks()
    const keyword = scanner.word()
    if (keyword === 'HELP' || keyword === 'TYPE') readMetadata(scanner, this.#families, keyword)
  }

  #readSample(): void {
    const { maxSamples, maxLabels } = this.#limits
    this.#samples += 1
    if (this.#samples > maxSamples) this.#scanner.exceed(`more than ${maxSamples} samples`)
    this.#families.add(readSample(this.#scanner, maxLabels))
  }
}
