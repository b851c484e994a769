import type { Attributes, AttributeValue } from '@opentelemetry/api'
import type { DataPoint } from '@opentelemetry/sdk-metrics'
import type { LabelNaming } from '../naming/naming.ts'
import { LabelTemplate } from './label-template.ts'
import { byName, type Labels, labelsOf, presentLabels, renderLabels } from './labels.ts'

/** Number of rendered series after which the caller can let the event loop run. */
const YIELD_EVERY_SERIES = 1000

interface Entry {
  /** Attributes that cannot change, or undefined. A point with the same object has the same labels. */
  readonly frozen: Attributes | undefined
  readonly keys: readonly string[]
  readonly values: readonly (AttributeValue | undefined)[]
  readonly text: string
}

/**
 * Caches the rendered labels of the series of one metric by position. Providers return the points of a
 * cumulative metric in the same order every time, so a scrape compares a few values instead of sorting,
 * translating and escaping labels. A point that differs from the cached one at its position is rendered
 * again.
 */
export class SeriesCache {
  readonly #naming: LabelNaming
  readonly #constant: Labels
  readonly #reserved: ReadonlySet<string>
  readonly #entries: (Entry | undefined)[] = []
  /** Template of the last rendered series. Most series of a metric have the same keys. */
  #template: LabelTemplate | undefined

  /**
   * @param constant labels of every series: scope and resource labels
   * @param reserved labels that the exposition adds to samples of the type, such as `le`
   */
  constructor(naming: LabelNaming, constant: Labels, reserved: readonly string[]) {
    this.#naming = naming
    this.#constant = constant
    const names = constant.map(([name]) => name)
    this.#reserved = new Set([...names, ...reserved])
  }

  /**
   * Appends the rendered labels of every point to `texts`. Yields empty text at intervals so that the caller
   * can let the event loop run.
   *
   * @returns whether any text changed since the previous scrape
   */
  *render(
    points: readonly Pick<DataPoint<unknown>, 'attributes'>[],
    texts: string[],
  ): Generator<string, boolean> {
    let changed = points.length !== this.#entries.length
    this.#entries.length = points.length
    let fresh = 0
    for (let position = 0; position < points.length; position += 1) {
      const attributes = points[position]?.attributes ?? {}
      const cached = this.#entries[position]
      if (cached !== undefined && (cached.frozen === attributes || isSame(cached, attributes))) {
        texts.push(cached.text)
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
    const template = this.#templateFor(Object.keys(attributes))
    const { keys } = template
    const values = keys.map((key) => attributes[key])
    const text = template.render(values) ?? this.#renderAny(attributes)
    const isConstant = Object.isFrozen(attributes) && values.every((value) => typeof value !== 'object')
    return { frozen: isConstant ? attributes : undefined, keys, values, text }
  }

  /** Returns the template of these keys. Series with the same keys in sequence share it. */
  #templateFor(keys: readonly string[]): LabelTemplate {
    if (this.#template?.fits(keys)) return this.#template
    this.#template = new LabelTemplate(keys, this.#naming, this.#constant, this.#reserved)
    return this.#template
  }

  #renderAny(attributes: Attributes): string {
    const own = labelsOf(attributes, this.#naming, this.#reserved)
    const labels = this.#constant.length === 0 ? own : [...this.#constant, ...own].sort(byName)
    return renderLabels(presentLabels(labels))
  }
}

/**
 * Compares attributes with a cached entry. Arrays can change in place, so a series with an array is always
 * rendered.
 */
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
