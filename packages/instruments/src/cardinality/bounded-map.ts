import { logger } from '../logger.ts'
import type { AttributeDefinition } from './attribute.ts'
import { boundedText, copyText } from './bounded-text.ts'

/** After this time, in milliseconds, an entry that was not found gives its place to a new one. */
export const IDLE_MS = 3_600_000

/** How many entries are added in the life of the map, in places: the series of former values stay. */
export const LIFETIME_PLACES = 10

interface Place<Entry> {
  readonly entry: Entry
  /** In milliseconds of a monotonic clock. */
  seenAt: number
}

/**
 * Entries by the values of an attribute: as many at a time as the attribute has places, and {@link LIFETIME_PLACES} times
 * as many in the life of the map. Keys are bounded in length, so the memory is bounded too. The first value that finds no
 * place is logged.
 */
export class BoundedMap<Entry> {
  readonly #definition: AttributeDefinition
  readonly #places: number
  readonly #entries = new Map<string, Place<Entry>>()
  #additionsLeft: number
  /** No entry is idle before this time, so that a flood of new values costs one comparison each. */
  #nextIdleAt = Number.NEGATIVE_INFINITY
  #refused = 0
  /** The latest time of a call: a request that has lasted for hours asks by the time of its arrival. */
  #latest = Number.NEGATIVE_INFINITY

  constructor(definition: AttributeDefinition) {
    this.#definition = definition
    this.#places = definition.places ?? 0
    this.#additionsLeft = this.#places * LIFETIME_PLACES
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size
  }

  /** How many times {@link BoundedMap.add} found no place. */
  get refused(): number {
    return this.#refused
  }

  /**
   * Returns the entry of a value, which keeps its place for another hour.
   * @param now milliseconds of a monotonic clock
   */
  find(value: string, now: number): Entry | undefined {
    const place = this.#entries.get(boundedText(value))
    if (place === undefined) return undefined
    place.seenAt = this.#advance(now)
    return place.entry
  }

  /** Returns the entry of a value without keeping its place. */
  peek(value: string): Entry | undefined {
    return this.#entries.get(boundedText(value))?.entry
  }

  /**
   * Adds the entry of a value that has none.
   * @param make is given the value as it may be stored: cut, and a copy
   * @param now milliseconds of a monotonic clock
   * @returns the entry; `undefined` if there is no place for it
   */
  add(value: string, make: (value: string) => Entry, now: number): Entry | undefined {
    const latest = this.#advance(now)
    const hasPlace = this.#additionsLeft > 0 && (this.#entries.size < this.#places || this.#dropIdle(latest))
    if (!hasPlace) {
      if (this.#refused++ === 0 && this.#places > 0) this.#report()
      return undefined
    }
    this.#additionsLeft--
    const key = copyText(value)
    const entry = make(key)
    this.#entries.set(key, { entry, seenAt: latest })
    return entry
  }

  /** Returns the latest time of all calls. */
  #advance(now: number): number {
    if (now > this.#latest) this.#latest = now
    return this.#latest
  }

  /** Drops the entry that has been idle for the longest time; false if none is idle. */
  #dropIdle(now: number): boolean {
    if (!(now >= this.#nextIdleAt)) return false
    let oldest: string | undefined
    let oldestSeenAt = Number.POSITIVE_INFINITY
    for (const [key, { seenAt }] of this.#entries) {
      if (seenAt < oldestSeenAt) [oldest, oldestSeenAt] = [key, seenAt]
    }
    this.#nextIdleAt = oldestSeenAt + IDLE_MS
    return oldest !== undefined && now >= this.#nextIdleAt && this.#entries.delete(oldest)
  }

  /** Of a closed list nothing is logged: what clients send is not in the hands of the operator. */
  #report(): void {
    const { name, other } = this.#definition
    const fate = other === undefined ? 'have no such label' : `count as "${other}"`
    logger.warn(
      `label "${name}" has ${this.#places} values; further ones ${fate} (counted by vr_otel_values_cut_total) while each of these is seen within an hour. Give it values of a small set: a template, not a path`,
    )
  }
}
