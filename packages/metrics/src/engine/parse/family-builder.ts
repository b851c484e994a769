import type { Family, FamilyType } from '../family.ts'
import type { Dialect } from './dialect.ts'
import { refuse } from './exposition-error.ts'
import { HistogramPoints } from './histogram-points.ts'
import { NumberPoints } from './number-points.ts'
import type { PointBuilder } from './point-builder.ts'
import type { Sample } from './read-sample.ts'
import { suffixesOf } from './suffixes.ts'
import { SummaryPoints } from './summary-points.ts'

/** Collects the metadata and the samples of one family. */
export class FamilyBuilder {
  /** Name in the metadata of the family. */
  readonly name: string
  readonly #dialect: Dialect
  readonly #described = new Set<string>()
  #type: FamilyType = 'unknown'
  #unit = ''
  #help = ''
  #points: PointBuilder | undefined

  constructor(name: string, dialect: Dialect) {
    this.name = name
    this.#dialect = dialect
  }

  /** The sample names that belong to the family. */
  get sampleNames(): readonly string[] {
    return (suffixesOf(this.#type, this.#dialect) as readonly string[]).map((suffix) => this.name + suffix)
  }

  setType(type: FamilyType, line: number): void {
    this.#describe('TYPE', line)
    this.#type = type
  }

  setHelp(help: string, line: number): void {
    this.#describe('HELP', line)
    this.#help = help
  }

  setUnit(unit: string, line: number): void {
    this.#describe('UNIT', line)
    if (unit !== '' && !this.name.endsWith(`_${unit}`)) refuse('the name does not end in the unit', line)
    this.#unit = unit
  }

  /** Adds a sample; returns whether its name belongs to the family. */
  add(sample: Sample): boolean {
    if (!sample.name.startsWith(this.name)) return false
    const suffix = sample.name.slice(this.name.length)
    if (!suffixesOf(this.#type, this.#dialect)?.includes(suffix)) return false
    this.#points ??= this.#createPoints()
    this.#points.add(suffix, sample)
    return true
  }

  /**
   * Ends the family.
   * @param line line where the family ends
   */
  close(line: number): void {
    const hasNoUnit = this.#type === 'info' || this.#type === 'stateset'
    if (hasNoUnit && this.#unit !== '') refuse(`a family of type ${this.#type} has a unit`, line)
  }

  /** Returns the family. Yields after every few points. */
  *build(): Generator<void, Family> {
    const suffix = this.#dialect === 'text' ? '' : SAMPLE_SUFFIXES[this.#type]
    return {
      name: this.name + (suffix ?? ''),
      type: this.#type,
      unit: this.#unit,
      help: this.#help,
      points: this.#points === undefined ? [] : yield* this.#points.points(),
    } as Family
  }

  #describe(keyword: string, line: number): void {
    if (this.#points !== undefined) refuse(`${keyword} after a sample of the family`, line)
    if (this.#described.has(keyword)) refuse(`${keyword} occurs twice`, line)
    this.#described.add(keyword)
  }

  #createPoints(): PointBuilder {
    switch (this.#type) {
      case 'histogram':
      case 'gaugehistogram':
        return new HistogramPoints(this.#type, this.#dialect)
      case 'summary':
        return new SummaryPoints(this.#dialect)
      default:
        return new NumberPoints(this.#type, this.name, this.#dialect)
    }
  }
}

/** What OpenMetrics appends to the name of a family for its only kind of sample. */
const SAMPLE_SUFFIXES: Readonly<Partial<Record<FamilyType, string>>> = { counter: '_total', info: '_info' }
