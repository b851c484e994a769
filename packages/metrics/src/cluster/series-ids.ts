/** Version at which the series with an id was shown or hidden. */
interface IdState {
  isVisible: boolean
  since: number
}

/**
 * Ids of the merged series for replicas. The id of a removed series is assigned again, so that the memory for ids is bounded by the
 * number of series that exist at the same time, and a replica of any age can be brought up to date.
 */
export class SeriesIds {
  readonly #states: IdState[] = []
  readonly #free: number[] = []

  /** Number of ids, of which some may be free. */
  get size(): number {
    return this.#states.length
  }

  /** Returns an id that is not in use. Its series is hidden. */
  assign(): number {
    return this.#free.pop() ?? this.#states.push({ isVisible: false, since: 0 }) - 1
  }

  /** Makes the id available to other series. */
  release(id: number, version: number): void {
    this.hide(id, version)
    this.#free.push(id)
  }

  /** Replicas at an older version need the definition of the series. */
  show(id: number, version: number): void {
    this.#states[id] = { isVisible: true, since: version }
  }

  /** Replicas at an older version remove the series. */
  hide(id: number, version: number): void {
    if (this.isVisible(id)) this.#states[id] = { isVisible: false, since: version }
  }

  isVisible(id: number): boolean {
    return this.#states[id]?.isVisible === true
  }

  /** Returns whether the series became visible after this version. */
  isNewSince(id: number, version: number): boolean {
    return (this.#states[id]?.since ?? 0) > version
  }

  /** Returns the ids that were hidden after this version. */
  hiddenSince(version: number): number[] {
    const hidden: number[] = []
    for (const [id, { isVisible, since }] of this.#states.entries())
      if (!isVisible && since > version) hidden.push(id)
    return hidden
  }
}
