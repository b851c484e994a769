import { logger } from '../logger.ts'
import type { AttributeDefinition } from './attribute.ts'
import { boundedText, copyText } from './bounded-text.ts'

/** An entry that was not looked up for this time, in milliseconds, is idle: it may be evicted for a new entry. */
export const IDLE_TIMEOUT_MS = 3_600_000

/** Maximum number of entries added in the lifetime of a map, as a multiple of its limit: the series of evicted values remain. */
export const LIFETIME_FACTOR = 10

interface Slot<Entry> {
  readonly entry: Entry
  /** In milliseconds of a monotonic clock. */
  usedAt: number
}

/**
 * Entries by attribute value. The limit of the attribute applies to the current entries, and {@link LIFETIME_FACTOR} times the
 * limit to all entries in the lifetime of the map. Keys have at most 256 characters, so the memory is bounded. The first
 * overflow is logged.
 */
export class BoundedMap<Entry> {
  readonly #definition: AttributeDefinition
  readonly #limit: number
  readonly #entries = new Map<string, Slot<Entry>>()
  #additionsLeft: number
  /** No entry is idle before this time: each value of a flood of new values costs one comparison. */
  #nextIdleAt = Number.NEGATIVE_INFINITY
  #overflowCount = 0
  /** Latest time of a call. A request that lasted for hours passes the time of its arrival, which is earlier. */
  #latest = Number.NEGATIVE_INFINITY

  constructor(definition: AttributeDefinition) {
    this.#definition = definition
    this.#limit = definition.limit ?? 0
    this.#additionsLeft = this.#limit * LIFETIME_FACTOR
  }

  /** Number of entries. */
  get size(): number {
    return this.#entries.size
  }

  /** Number of values that {@link BoundedMap.add} did not add. */
  get overflowCount(): number {
    return this.#overflowCount
  }

  /**
   * Returns the entry of a value and keeps it for another hour.
   * @param now milliseconds of a monotonic clock
   */
  find(value: string, now: number): Entry | undefined {
    const slot = this.#entries.get(boundedText(value))
    if (slot === undefined) return undefined
    slot.usedAt = this.#advance(now)
    return slot.entry
  }

  /** Returns the entry of a value without keeping it longer. */
  peek(value: string): Entry | undefined {
    return this.#entries.get(boundedText(value))?.entry
  }

  /**
   * Adds an entry for a value that has none.
   * @param make creates the entry, given a copy of the value of at most 256 characters
   * @param now milliseconds of a monotonic clock
   * @returns the entry; `undefined` if the limit is reached
   */
  add(value: string, make: (value: string) => Entry, now: number): Entry | undefined {
    const latest = this.#advance(now)
    const canAdd = this.#additionsLeft > 0 && (this.#entries.size < this.#limit || this.#evictIdle(latest))
    if (!canAdd) {
      if (this.#overflowCount++ === 0 && this.#limit > 0) this.#report()
      return undefined
    }
    this.#additionsLeft--
    const key = copyText(value)
    const entry = make(key)
    this.#entries.set(key, { entry, usedAt: latest })
    return entry
  }

  /** Returns the latest time of all calls. */
  #advance(now: number): number {
    if (now > this.#latest) this.#latest = now
    return this.#latest
  }

  /** Evicts the least recently used entry if it is idle. Returns whether an entry was evicted. */
  #evictIdle(now: number): boolean {
    if (!(now >= this.#nextIdleAt)) return false
    let oldest: string | undefined
    let oldestUsedAt = Number.POSITIVE_INFINITY
    for (const [key, { usedAt }] of this.#entries) {
      if (usedAt < oldestUsedAt) [oldest, oldestUsedAt] = [key, usedAt]
    }
    this.#nextIdleAt = oldestUsedAt + IDLE_TIMEOUT_MS
    return oldest !== undefined && now >= this.#nextIdleAt && this.#entries.delete(oldest)
  }

  /** Not called for closed lists: the operator cannot change what clients send. */
  #report(): void {
    const { name, overflow } = this.#definition
    const advice = name.endsWith('route') ? '; register route templates instead of paths' : ''
    const effect = overflow === undefined ? 'recorded without the label' : `recorded as "${overflow}"`
    logger.warn(
      `label "${name}" reached its limit of ${this.#limit} values: while all of them are in use, new values are ${effect} and counted in vr_otel_values_cut_total${advice}`,
    )
  }
}
