import type { Labels } from '../family.ts'
import type { Dialect } from './dialect.ts'
import { refuse } from './exposition-error.ts'
import { type Sample, toRecord } from './read-sample.ts'
import { seriesKey } from './series-key.ts'

/** A point of which some samples have been read. */
export interface Draft {
  readonly labels: Labels
  /** Line of the first sample. */
  readonly line: number
}

/** The points of a family by their labels. */
export class SeriesDrafts<D extends Draft> {
  readonly #drafts = new Map<string, D>()
  readonly #isGrouped: boolean
  readonly #without: string | undefined
  readonly #create: (draft: Draft) => D
  #latest: D | undefined

  /**
   * @param dialect in OpenMetrics, the samples of a point follow each other
   * @param without label that distinguishes the samples of a point, such as `le`
   * @param create adds the fields of a new point
   */
  constructor(dialect: Dialect, without: string | undefined, create: (draft: Draft) => D) {
    this.#isGrouped = dialect === 'openmetrics'
    this.#without = without
    this.#create = create
  }

  /** Returns the point of a sample; creates it for the first one. */
  of({ labels, line }: Sample): D {
    const key = seriesKey(labels, this.#without)
    let draft = this.#drafts.get(key)
    if (draft === undefined) {
      const own = this.#without === undefined ? labels : labels.filter(([name]) => name !== this.#without)
      draft = this.#create({ labels: toRecord(own), line })
      this.#drafts.set(key, draft)
    } else if (draft !== this.#latest && this.#isGrouped) {
      refuse('the samples of a series do not follow each other', line)
    }
    this.#latest = draft
    return draft
  }

  /** Returns the points in the order of their first samples, each built by `build`. Yields before the first of every 64 points. */
  *build<P>(build: (draft: D) => P): Generator<void, P[]> {
    const points: P[] = []
    for (const draft of this.#drafts.values()) {
      if (points.length % 64 === 0) yield
      points.push(build(draft))
    }
    return points
  }
}

/** Sets a field that a series has once. */
export function setOnce<K extends string>(
  draft: { [key in K]: number | undefined },
  field: K,
  { value, exemplar, line }: Sample,
): void {
  if (draft[field] !== undefined) refuse('a series occurs twice', line)
  if (exemplar !== undefined) refuse('the sample cannot have an exemplar', line)
  if (field === 'created' && !Number.isFinite(value)) refuse('a _created value is not finite', line)
  draft[field] = value
}
