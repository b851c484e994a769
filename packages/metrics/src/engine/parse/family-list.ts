import type { Family } from '../family.ts'
import type { Dialect } from './dialect.ts'
import { refuse } from './exposition-error.ts'
import { FamilyBuilder } from './family-builder.ts'
import type { Sample } from './read-sample.ts'

/** Assigns metadata and samples to families. Only the latest family accepts more of them. */
export class FamilyList {
  readonly #dialect: Dialect
  readonly #closed: FamilyBuilder[] = []
  /** Names of families and of their samples, which no other family may have. */
  readonly #names = new Set<string>()
  #open: FamilyBuilder | undefined

  constructor(dialect: Dialect) {
    this.#dialect = dialect
  }

  /** Returns the family that a line of metadata describes. */
  named(name: string, line: number): FamilyBuilder {
    return this.#open?.name === name ? this.#open : this.#start(name, line)
  }

  /** Adds a sample to the latest family, or to a new one of unknown type. */
  add(sample: Sample): void {
    if (!this.#open?.add(sample)) this.#start(sample.name, sample.line).add(sample)
  }

  /** Returns the families. Yields after every few points. */
  *build(line: number): Generator<void, Family[]> {
    this.#close(line)
    const families: Family[] = []
    for (const family of this.#closed) families.push(yield* family.build())
    return families
  }

  #start(name: string, line: number): FamilyBuilder {
    this.#close(line)
    if (this.#names.has(name)) refuse(`the name ${name} is used twice, or its family is in two parts`, line)
    this.#open = new FamilyBuilder(name, this.#dialect)
    return this.#open
  }

  #close(line: number): void {
    const open = this.#open
    if (open === undefined) return
    open.close(line)
    for (const name of new Set([open.name, ...open.sampleNames])) {
      if (this.#names.has(name)) refuse(`the name ${name} is used by two families`, line)
      this.#names.add(name)
    }
    this.#closed.push(open)
    this.#open = undefined
  }
}
