import type { Push } from '../messages.ts'
import { SourceCopy } from './source-copy.ts'

/** Number of folded sources whose keys are kept: those of `MergedMetrics`. */
const MAX_FOLDED = 1024
/** Keys in a message. */
const KEYS_PER_MESSAGE = 100

/** What is sent to a process that may have to replace the aggregator. */
export type CopyMessage =
  /** Starts again: the key of the accumulator of ended sources. */
  | readonly ['begin', retiredKey: string]
  /** A source has a new connection. */
  | readonly ['open', key: string, worker: string]
  | readonly ['push', key: string, push: Push]
  /** A part of the next accumulator. */
  | readonly ['retired', version: number, push: Push]
  /** The accumulator is complete, and contains these sources: both take effect with this message. */
  | readonly ['fold', version: number, keys: readonly string[]]
  /** The copies are complete. */
  | readonly ['ready']
  /** Answer to copies of a former aggregator: the present one continues with them. */
  | readonly ['adopted']

/** A copied source: the label `worker` of its gauges, and its values. */
export interface CopiedSource {
  readonly worker: string
  readonly copy: SourceCopy
}

/**
 * Copies of all sources of an aggregator, from which another process can continue. The aggregator holds them too, to send them to
 * processes that connect later.
 */
export class Copies {
  readonly sources = new Map<string, CopiedSource>()
  /** Keys of ended sources, whose values are in `retired`. */
  readonly folded = new Set<string>()
  /** Names the accumulator of ended sources; it differs between aggregators. */
  retiredKey: string
  /** Whether the copies are complete. */
  isReady = false
  #retired: { readonly version: number; readonly pushes: readonly Push[] } = { version: 0, pushes: [] }
  readonly #nextRetired = new Map<number, Push[]>()

  constructor(retiredKey = '') {
    this.retiredKey = retiredKey
  }

  /** The accumulator of ended sources. */
  get retired(): readonly Push[] {
    return this.#retired.pushes
  }

  /** Applies a message. */
  apply(message: CopyMessage): void {
    switch (message[0]) {
      case 'begin':
        this.#clear(message[1])
        break
      case 'open':
        this.sources.set(message[1], { worker: message[2], copy: new SourceCopy() })
        break
      case 'push':
        this.sources.get(message[1])?.copy.apply(message[2])
        break
      case 'retired':
        this.#stage(message[1], message[2])
        break
      case 'fold':
        this.#fold(message[1], message[2])
        break
      case 'ready':
        this.isReady = true
        break
    }
  }

  /** Yields messages that make other copies equal to these. Changes while they are read are sent beside them. */
  *messages(): Generator<CopyMessage> {
    yield ['begin', this.retiredKey]
    const { version, pushes } = this.#retired
    yield* foldMessages(version, pushes, [...this.folded])
    for (const [key, { worker, copy }] of this.sources) {
      yield ['open', key, worker]
      for (const push of copy.pushes()) yield ['push', key, push]
    }
    yield ['ready']
  }

  #clear(retiredKey: string): void {
    this.isReady = false
    this.sources.clear()
    this.folded.clear()
    this.#nextRetired.clear()
    this.#retired = { version: 0, pushes: [] }
    this.retiredKey = retiredKey
  }

  #stage(version: number, push: Push): void {
    const pushes = this.#nextRetired.get(version) ?? []
    this.#nextRetired.set(version, pushes)
    pushes.push(push)
  }

  #fold(version: number, keys: readonly string[]): void {
    const pushes = this.#nextRetired.get(version) ?? []
    this.#nextRetired.delete(version)
    if (version > this.#retired.version) this.#retired = { version, pushes }
    for (const key of keys) this.sources.delete(key)
    this.#addFolded(keys)
  }

  #addFolded(keys: readonly string[]): void {
    for (const key of keys) this.folded.add(key)
    for (const key of this.folded) {
      if (this.folded.size <= MAX_FOLDED) return
      this.folded.delete(key)
    }
  }
}

/**
 * Yields messages that replace the accumulator, and end the sources that it contains.
 * @param version increases with each accumulator
 */
export function* foldMessages(
  version: number,
  retired: Iterable<Push>,
  keys: readonly string[],
): Generator<CopyMessage> {
  for (const push of retired) yield ['retired', version, push]
  yield ['fold', version, keys.slice(0, KEYS_PER_MESSAGE)]
  for (let index = KEYS_PER_MESSAGE; index < keys.length; index += KEYS_PER_MESSAGE)
    yield ['fold', version, keys.slice(index, index + KEYS_PER_MESSAGE)]
}
