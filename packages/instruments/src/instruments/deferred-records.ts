import { internalErrors } from './internal-errors.ts'

/** Has counts that are not recorded yet. */
export interface DeferredSource {
  /** Records them. Throws what the provider throws. */
  record(): void
}

/**
 * Counts of events that are too frequent to be recorded one by one: a record of a WebSocket message takes 150 ns. They are
 * recorded when a collection begins, by a callback of an observable instrument, so that every collection has them. A provider
 * that has not run the callback yet may never run it: until then, nothing is deferred.
 */
export class DeferredRecords {
  readonly #sources = new Set<DeferredSource>()
  #isCollected = false

  /** Whether counts can wait for the next collection. */
  get isDeferring(): boolean {
    return this.#isCollected
  }

  /** Number of sources. */
  get size(): number {
    return this.#sources.size
  }

  /** Adds a source until {@link DeferredRecords.delete}. */
  add(source: DeferredSource): void {
    this.#sources.add(source)
  }

  delete(source: DeferredSource): void {
    this.#sources.delete(source)
  }

  /** Called when a collection begins. An error of one source does not prevent the others. */
  collectionStarted(): void {
    this.#isCollected = true
    for (const source of this.#sources) {
      try {
        source.record()
      } catch (error) {
        internalErrors.report('websocket_record', error)
      }
    }
  }
}
