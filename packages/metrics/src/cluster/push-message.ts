import { Buffer } from 'node:buffer'
import type { Attributes } from '@opentelemetry/api'
import type { WireValues } from '../series/wire-values.ts'
import type { MetricIdentity, Push, WireExemplar } from './messages.ts'

/** Space for the names of the parts of a push, the sequence number, and the envelope of the channel, in bytes. */
const ENVELOPE_BYTES = 512

/** Space for two ids, a time and brackets. */
const SERIES_BYTES = 64

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A push message that is being built. */
export class PushMessage implements WireValues {
  bytes = ENVELOPE_BYTES
  readonly numbers: WireValues['numbers'] = []
  readonly histograms: WireValues['histograms'] = []
  readonly exponential: WireValues['exponential'] = []
  readonly #metrics: (readonly [id: number, metric: MetricIdentity])[] = []
  readonly #series: (readonly [id: number, metric: number, attributes: Attributes, startMs: number])[] = []
  readonly #exemplars: WireExemplar[] = []
  readonly #removed: number[] = []

  addMetric(id: number, metric: MetricIdentity): void {
    this.#metrics.push([id, metric])
    this.bytes += SERIES_BYTES + jsonBytes(metric)
  }

  addSeries(id: number, metric: number, attributes: Attributes, startMs: number): void {
    this.#series.push([id, metric, attributes, startMs])
    this.bytes += SERIES_BYTES + jsonBytes(attributes)
  }

  addExemplar(exemplar: WireExemplar): void {
    this.#exemplars.push(exemplar)
    this.bytes += 1 + jsonBytes(exemplar)
  }

  addRemoved(id: number): void {
    this.#removed.push(id)
    this.bytes += 16
  }

  /** Moves what was added after the content had these sizes to an empty message. */
  moveTail(sizes: Readonly<MessageSizes>, to: PushMessage): void {
    to.#metrics.push(...this.#metrics.splice(sizes.metrics))
    to.#series.push(...this.#series.splice(sizes.series))
    to.#exemplars.push(...this.#exemplars.splice(sizes.exemplars))
    to.#removed.push(...this.#removed.splice(sizes.removed))
    to.numbers.push(...this.numbers.splice(sizes.numbers))
    to.histograms.push(...this.histograms.splice(sizes.histograms))
    to.exponential.push(...this.exponential.splice(sizes.exponential))
    to.bytes += this.bytes - sizes.bytes
    this.bytes = sizes.bytes
  }

  /** Sets `sizes` to the sizes of the content, for `moveTail`. */
  measure(sizes: MessageSizes): void {
    sizes.bytes = this.bytes
    sizes.metrics = this.#metrics.length
    sizes.series = this.#series.length
    sizes.exemplars = this.#exemplars.length
    sizes.removed = this.#removed.length
    sizes.numbers = this.numbers.length
    sizes.histograms = this.histograms.length
    sizes.exponential = this.exponential.length
  }

  /** Returns the sizes of the content, for `moveTail`. */
  sizes(): MessageSizes {
    const sizes = emptySizes()
    this.measure(sizes)
    return sizes
  }

  toPush(sequence: number): Push {
    const push: Writable<Push> = { type: 'push', sequence }
    if (this.#removed.length > 0) push.removed = this.#removed
    if (this.#metrics.length > 0) push.metrics = this.#metrics
    if (this.#series.length > 0) push.series = this.#series
    if (this.numbers.length > 0) push.numbers = this.numbers
    if (this.histograms.length > 0) push.histograms = this.histograms
    if (this.exponential.length > 0) push.exponential = this.exponential
    if (this.#exemplars.length > 0) push.exemplars = this.#exemplars
    return push
  }
}

/** Sizes of the parts of a {@link PushMessage}. */
export interface MessageSizes {
  bytes: number
  metrics: number
  series: number
  exemplars: number
  removed: number
  numbers: number
  histograms: number
  exponential: number
}

/** Returns the sizes of a message without content. */
export const emptySizes = (): MessageSizes => ({
  bytes: 0,
  metrics: 0,
  series: 0,
  exemplars: 0,
  removed: 0,
  numbers: 0,
  histograms: 0,
  exponential: 0,
})

function jsonBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value))
}
