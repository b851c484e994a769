import type { ChangeTracker } from '../collect/change-tracker.ts'
import type { StreamChanges, TrackedSeries } from '../collect/tracked-metric.ts'
import { BaseValues } from './base-values.ts'
import { ConnectionIds } from './connection-ids.ts'
import { MAX_MESSAGE_BYTES, type Push } from './messages.ts'
import { identityOf, type MergeLookup } from './metric-identity.ts'
import { emptySizes, PushMessage } from './push-message.ts'
import { MAX_ATTRIBUTES } from './validate-attributes.ts'
import { wireAttributes } from './wire-attributes.ts'
import { toMillis, toWireExemplar } from './wire-exemplar.ts'

/** Options of {@link PushEncoder}. */
export interface PushEncoderOptions {
  /** Returns the rule of a gauge, or of a sum that can fall. Default: `by_worker` for gauges, `sum` for sums. */
  readonly mergeOf?: MergeLookup
  /** Largest size of a message in bytes, as JSON. Default {@link MAX_MESSAGE_BYTES}. */
  readonly maxBytes?: number
}

/** Encodes the changes of a tracker as messages for one receiver at a time. */
export class PushEncoder {
  readonly #tracker: ChangeTracker
  readonly #mergeOf: MergeLookup
  readonly #maxBytes: number
  #ids = new ConnectionIds()
  #sequence = 0
  #dropped = 0
  /** Values that another source contains. */
  #base: BaseValues | undefined
  /** Full messages of the current push. */
  #full: PushMessage[] = []
  #message = new PushMessage()
  /** Sizes of the message before the last addition. Reused: there are thousands of additions per second. */
  readonly #sizes = emptySizes()

  constructor(tracker: ChangeTracker, options: PushEncoderOptions = {}) {
    this.#tracker = tracker
    this.#mergeOf = options.mergeOf ?? (() => undefined)
    this.#maxBytes = options.maxBytes ?? MAX_MESSAGE_BYTES
  }

  /** Number of updates and exemplars that were dropped: one alone exceeds the size of a message, or a series has too many attributes. */
  get dropped(): number {
    return this.#dropped
  }

  /**
   * Returns the changes since the last call. There is at least one message, which is empty if nothing changed.
   * @param options.exemplars whether to add the exemplars that were not sent before. Default false
   */
  takePushes(options: { readonly exemplars?: boolean } = {}): Push[] {
    const pushes = this.#take(options)
    const base = this.#base
    return base === undefined ? pushes : pushes.map((push) => base.subtract(push))
  }

  #take(options: { readonly exemplars?: boolean }): Push[] {
    this.#sequence += 1
    this.#ids.startPush()
    const changes = this.#tracker.takeChanges(options.exemplars ?? false)
    for (const change of changes) this.#remove(change)
    for (const change of changes) this.#addValues(change)
    if (options.exemplars === true) for (const change of changes) this.#addExemplars(change)
    const pushes = [...this.#full, this.#message].map((message) => message.toPush(this.#sequence))
    this.#full = []
    this.#message = new PushMessage()
    return pushes
  }

  /** Called for a new receiver: ids start from 0, and the next push contains all series. The sequence continues. */
  reset(): void {
    this.#ids = new ConnectionIds()
    this.#base?.forgetIds()
    this.#tracker.markAll()
  }

  /**
   * Starts a new source for a receiver that has counted this process as ended: counters and histograms contain only what is counted
   * from now on. What was counted and not pushed before is lost, so that nothing counts twice.
   */
  rebase(): void {
    this.reset()
    this.#base = new BaseValues(this.#take({}))
    this.reset()
  }

  #remove({ series, removed }: StreamChanges): void {
    if (removed.length === 0) return
    const ids = this.#ids.idsOf(series)
    for (const slot of removed) {
      const id = ids[slot]
      if (id === undefined) continue
      ids[slot] = undefined
      this.#ids.release(id)
      this.#message.measure(this.#sizes)
      this.#message.addRemoved(id)
      this.#fit()
    }
  }

  #addValues({ series, slots }: StreamChanges): void {
    if (slots.length === 0) return
    const ids = this.#ids.idsOf(series)
    for (const slot of slots) {
      this.#message.measure(this.#sizes)
      const id = ids[slot]
      if (id === undefined) this.#addNewSeries(series, slot, ids)
      else {
        series.storage.write(slot, id, this.#message)
        this.#fit()
      }
    }
  }

  #addNewSeries(series: TrackedSeries, slot: number, ids: (number | undefined)[]): void {
    const { metric } = series
    const attributes = wireAttributes(series.attributes[slot] ?? {})
    if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
      this.#dropped += 1
      return
    }
    const knownMetric = this.#ids.metricId(metric)
    const metricId = knownMetric ?? this.#ids.addMetric(metric)
    if (knownMetric === undefined) this.#message.addMetric(metricId, identityOf(metric, this.#mergeOf))
    const id = this.#ids.addSeries()
    this.#message.addSeries(id, metricId, attributes, toMillis(series.starts[slot]))
    series.storage.write(slot, id, this.#message)
    if (this.#fit()) {
      ids[slot] = id
      return
    }
    this.#ids.release(id)
    if (knownMetric === undefined) this.#ids.removeLastMetric(metric)
  }

  #addExemplars({ series, withExemplars }: StreamChanges): void {
    if (withExemplars.length === 0) return
    const ids = this.#ids.idsOf(series)
    for (const slot of withExemplars) {
      const id = ids[slot]
      if (id === undefined) continue
      for (const exemplar of series.newExemplars(slot)) {
        this.#message.measure(this.#sizes)
        const added = toWireExemplar(id, exemplar)
        if (added !== undefined) this.#message.addExemplar(added)
        this.#fit()
      }
    }
  }

  /**
   * Moves what was added since the sizes were measured to a new message if the message is too large.
   * @returns false if it does not fit into a message of its own: then it is dropped
   */
  #fit(): boolean {
    const message = this.#message
    if (message.bytes <= this.#maxBytes) return true
    const tail = new PushMessage()
    message.moveTail(this.#sizes, tail)
    if (tail.bytes > this.#maxBytes) {
      this.#dropped += 1
      return false
    }
    this.#full.push(message)
    this.#message = tail
    return true
  }
}
