import type { Clock } from '../../clock.ts'
import type { MergedMetrics } from '../merged-metrics.ts'
import type { Push } from '../messages.ts'
import { Copies, foldMessages } from './copies.ts'
import { Deputies } from './deputies.ts'

/** How long the counters of a source whose connection has ended wait for its return, in milliseconds. */
const RETURN_MS = 60_000
/** Sources that wait for their return for longer than `MIN_WAIT_MS`; beyond it, the one that has waited longest is folded. */
const MAX_WAITING = 32
/** How long each source waits for its return, in milliseconds: after a change of the aggregator, all wait. */
const MIN_WAIT_MS = 10_000
/** Time between two checks for sources that do not return, in milliseconds. */
const CHECK_MS = 1000

/**
 * The store of an aggregator that can be replaced by another process at any time. All changes are sent to deputies.
 *
 * The end of a connection is not the end of a process: the aggregator may have been replaced. A source is therefore folded only some
 * time after its end, and continues if it returns before. Until then its counters count as they are.
 */
export class ReplicatedStore {
  readonly deputies: Deputies
  readonly #store: MergedMetrics
  readonly #copies: Copies
  readonly #clock: Clock
  /** Sources that have ended, by the time of their end. */
  readonly #ended = new Map<string, number>()
  #retiredVersion = 0
  #cancel: (() => void) | undefined

  /** @param retiredKey names the accumulator of this store; no other store has had it */
  constructor(store: MergedMetrics, retiredKey: string, clock: Clock) {
    this.#store = store
    this.#clock = clock
    this.#copies = new Copies(retiredKey)
    this.deputies = new Deputies(this.#copies, clock)
  }

  /** Copies of all sources, complete. */
  get copies(): Copies {
    return this.#copies
  }

  get version(): number {
    return this.#store.version
  }

  merge(): Promise<void> {
    return this.#store.merge()
  }

  changesSince(version: number): ReturnType<MergedMetrics['changesSince']> {
    return this.#store.changesSince(version)
  }

  forgetConflicts(): string[] {
    return this.#store.forgetConflicts()
  }

  open(source: string, worker: string): boolean {
    if (!this.#store.open(source, worker)) return false
    this.#ended.delete(source)
    this.deputies.update(['open', source, worker])
    return true
  }

  apply(source: string, push: Push): void {
    this.#store.apply(source, push)
    this.deputies.update(['push', source, push])
  }

  markStale(source: string): void {
    this.#store.markStale(source)
  }

  end(source: string): void {
    this.#store.end(source)
  }

  /** Removes the gauges of a source, and folds its counters unless it returns. */
  fold(source: string): void {
    this.#store.end(source)
    this.#ended.set(source, this.#clock.now())
    this.#cancel ??= this.#clock.after(CHECK_MS, () => this.#check(), false)
  }

  /**
   * Continues with the copies of another aggregator. Sources that this store has or has had are ignored; all others have ended, unless
   * they connect.
   */
  adopt(copies: Copies): void {
    const { retiredKey } = copies
    const folded: string[] = []
    // An accumulator with a source that is in the one of this store cannot be added: the source would count twice.
    const isDisjoint = ![...copies.folded].some((key) => this.#copies.folded.has(key))
    const isOther = retiredKey !== this.#copies.retiredKey
    if (isOther && isDisjoint && this.#import(retiredKey, '', copies.retired, 0))
      folded.push(retiredKey, ...[...copies.folded].filter((key) => this.#refuse(key)))
    for (const [key, { worker, copy }] of copies.sources)
      this.#import(key, worker, copy.pushes(), copy.sequence)
    this.#foldAll(folded)
  }

  /** Stops the timers. */
  close(): void {
    this.#cancel?.()
    this.deputies.close()
  }

  /** Adds a source that has ended, or newer values of it. Returns false if it is connected, folded, or has newer values here. */
  #import(key: string, worker: string, pushes: Iterable<Push>, sequence: number): boolean {
    const known = this.#store.source(key)
    if (known !== undefined && !(this.#ended.has(key) && known.sequence < sequence)) return false
    if (!this.open(key, worker)) return false
    for (const push of pushes) this.apply(key, push)
    this.fold(key)
    return true
  }

  /** Prepares to refuse a source that the accumulator of another aggregator contains. Returns false if it is refused already. */
  #refuse(key: string): boolean {
    if (this.#store.source(key) !== undefined) this.#store.discard(key)
    return this.#store.open(key, '')
  }

  #check(): void {
    const now = this.#clock.now()
    const excess = this.#ended.size - MAX_WAITING
    const due = [...this.#ended].filter(
      ([, since], index) => now - since >= (index < excess ? MIN_WAIT_MS : RETURN_MS),
    )
    this.#foldAll(due.map(([key]) => key))
    this.#cancel =
      this.#ended.size === 0 ? undefined : this.#clock.after(CHECK_MS, () => this.#check(), false)
  }

  #foldAll(keys: readonly string[]): void {
    if (keys.length === 0) return
    for (const key of keys) {
      this.#ended.delete(key)
      this.#store.fold(key)
    }
    this.#retiredVersion += 1
    const { pushes } = this.#store.retiredSince(0)
    for (const message of foldMessages(this.#retiredVersion, pushes, keys)) this.deputies.update(message)
  }
}
