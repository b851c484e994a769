import type { ParsedFamily } from '../../packages/exporters/src/testing/strict-parser.ts'

/** A value that has been exposed, the number of the scrape whose answer had it first, and the endpoint. */
type Step = readonly [scrape: number, value: number, source: string]

/**
 * Checks that no counter, bucket, count or sum falls. Scrapes may overlap: the values of a scrape are compared with those of all
 * scrapes whose answers were complete when it started.
 */
export class Growth {
  /** Series that fell, or that were missing after they had been exposed. */
  readonly problems: string[] = []
  readonly #steps = new Map<string, Step[]>()
  #answers = 0

  /** Number of scrapes that have been answered. Take it when a scrape starts. */
  get answers(): number {
    return this.#answers
  }

  /** Number of series that are compared. */
  get series(): number {
    return this.#steps.size
  }

  /**
   * Adds the answer to a scrape.
   * @param since {@link answers} when the scrape started
   */
  add(families: readonly ParsedFamily[], since: number, source: string): void {
    const values = monotonicValues(families)
    this.#answers++
    for (const [series, steps] of this.#steps) {
      const value = values.get(series)
      const before = steps.findLast(([scrape]) => scrape <= since)
      if (before !== undefined && !(value !== undefined && value >= before[1])) {
        this.problems.push(`${source}: ${series} fell to ${value} from ${before[1]} at ${before[2]}`)
      }
    }
    for (const [series, value] of values) this.#raise(series, value, source)
  }

  #raise(series: string, value: number, source: string): void {
    const steps = this.#steps.get(series)
    if (steps === undefined) this.#steps.set(series, [[this.#answers, value, source]])
    else if (value > (steps.at(-1)?.[1] ?? 0)) steps.push([this.#answers, value, source])
  }
}

function monotonicValues(families: readonly ParsedFamily[]): Map<string, number> {
  const values = new Map<string, number>()
  for (const { type, samples } of families) {
    if (type !== 'counter' && type !== 'histogram') continue
    for (const { name, labels, value } of samples) {
      if (!name.endsWith('_created')) values.set(`${name}${JSON.stringify(labels)}`, value)
    }
  }
  return values
}
