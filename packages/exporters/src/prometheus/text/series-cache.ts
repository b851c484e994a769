import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'
import type { Naming } from '../naming/naming.ts'
import { byName, type Labels, labelsOf, presentLabels, renderLabels } from './labels.ts'

/** Series between two chances for the event loop to turn. */
const YIELD_EVERY_SERIES = 1000

interface Entry {
  readonly keys: readonly string[]
  readonly values: readonly (AttributeValue | undefined)[]
  readonly text: string
}

/**
 * The rendered labels of the series of one metric, kept from scrape to scrape by position: providers give
 * the points of a cumulative metric in the same order every time, so a scrape compares a few values instead
 * of sorting, cleaning and escaping. A point that is not what stood at its place is rendered anew.
 */
export class SeriesCache {
  readonly #naming: Naming
  readonly #constant: Labels
  readonly #reserved: ReadonlySet<string>
  readonly #entries: (Entry | undefined)[] = []

  /**
   * @param constant labels of every series, of the scope and the resource
   * @param histogram whether `le` belongs to the exposition
   */
  constructor(naming: Naming, constant: Labels, histogram: boolean) {
    this.#naming = naming
    this.#constant = constant
    const names = constant.map(([name]) => name)
    this.#reserved = new Set(histogram ? [...names, 'le'] : names)
  }

  /**
   * Appends the inside of the braces of every point to `texts`. Yields empty text now and then so that the
   * caller can let other work in.
   *
   * @returns whether any text is new since the scrape before
   */
  *render(points: readonly DataPoint<unknown>[], texts: string[]): Generator<string, boolean> {
    let changed = points.length !== this.#entries.length
    this.#entries.length = points.length
    let fresh = 0
    for (let position = 0; position < points.length; position += 1) {
      const attributes = points[position]?.attributes ?? {}
      const held = this.#entries[position]
      if (held !== undefined && isSame(held, attributes)) {
        texts.push(held.text)
        continue
      }
      const entry = this.#renderOne(attributes)
      this.#entries[position] = entry
      texts.push(entry.text)
      changed = true
      fresh += 1
      if (fresh % YIELD_EVERY_SERIES === 0) yield ''
    }
    return changed
  }

  #renderOne(attributes: Attributes): Entry {
    const keys = Object.keys(attributes)
    const own = labelsOf(attributes, this.#naming, this.#reserved)
    const labels = this.#constant.length === 0 ? own : [...this.#constant, ...own].sort(byName)
    return { keys, values: keys.map((key) => attributes[key]), text: renderLabels(presentLabels(labels)) }
  }
}

/** Arrays can change in place, so a series that has one is never the same. */
function isSame(entry: Entry, attributes: Attributes): boolean {
  let position = 0
  for (const key in attributes) {
    const value = attributes[key]
    if (entry.keys[position] !== key || entry.values[position] !== value || typeof value === 'object')
      return false
    position += 1
  }
  return position === entry.keys.length
}
