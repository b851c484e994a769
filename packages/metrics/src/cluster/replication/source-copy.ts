import { MAX_NUMBER_BYTES } from '../../series/wire-values.ts'
import {
  MAX_MESSAGE_BYTES,
  type MetricIdentity,
  type Push,
  type WireExemplar,
  type WireExponential,
  type WireNumber,
} from '../messages.ts'
import { PushMessage } from '../push-message.ts'

interface CopiedSeries {
  readonly metric: number
  readonly attributes: NonNullable<Push['series']>[number][2]
  readonly startMs: number
  number?: WireNumber
  histogram?: readonly WireNumber[]
  exponential?: WireExponential
  exemplars?: WireExemplar[]
}

/** Space in a message for the verb and the source of a copy, in bytes. */
const MAX_BYTES = MAX_MESSAGE_BYTES - 1024

/** The newest values of one source, as it pushed them, with the ids of its connection. */
export class SourceCopy {
  readonly #metrics = new Map<number, MetricIdentity>()
  readonly #series = new Map<number, CopiedSeries>()
  #sequence = 0

  /** Number of the newest push. */
  get sequence(): number {
    return this.#sequence
  }

  /** Applies a push. Values of unknown series are ignored. */
  apply(push: Push): void {
    this.#sequence = Math.max(this.#sequence, push.sequence)
    for (const id of push.removed ?? []) this.#series.delete(id)
    for (const [id, metric] of push.metrics ?? []) this.#metrics.set(id, metric)
    for (const [id, metric, attributes, startMs] of push.series ?? [])
      this.#series.set(id, { metric, attributes, startMs })
    const { numbers = [], histograms = [] } = push
    for (let index = 0; index + 1 < numbers.length; index += 2) {
      const series = this.#series.get(numbers[index] as number)
      if (series !== undefined) series.number = numbers[index + 1] as WireNumber
    }
    for (let index = 0; index < histograms.length; ) {
      const end = index + 5 + 2 * Number(histograms[index + 4])
      const series = this.#series.get(histograms[index] as number)
      if (series !== undefined) series.histogram = histograms.slice(index, end)
      if (!(end > index)) return
      index = end
    }
    for (const value of push.exponential ?? []) {
      const series = this.#series.get(value.series)
      if (series !== undefined) series.exponential = value
    }
    this.#applyExemplars(push.exemplars ?? [])
  }

  /**
   * Yields the whole copy as pushes. Changes while they are read are in these pushes, or are pushed beside them.
   * @param includes selects metrics
   */
  *pushes(includes: (metric: MetricIdentity) => boolean = () => true): Generator<Push> {
    let message = new PushMessage()
    const defined = new Set<number>()
    for (const [id, series] of this.#series) {
      const sizes = message.sizes()
      this.#add(message, id, series, defined, includes)
      if (message.bytes <= MAX_BYTES) continue
      const next = new PushMessage()
      message.moveTail(sizes, next)
      yield message.toPush(this.#sequence)
      message = next
    }
    yield message.toPush(this.#sequence)
  }

  #add(
    message: PushMessage,
    id: number,
    series: CopiedSeries,
    defined: Set<number>,
    includes: (metric: MetricIdentity) => boolean,
  ): void {
    const metric = this.#metrics.get(series.metric)
    if (metric === undefined || !includes(metric)) return
    if (!defined.has(series.metric)) message.addMetric(series.metric, metric)
    defined.add(series.metric)
    message.addSeries(id, series.metric, series.attributes, series.startMs)
    const { number, histogram, exponential } = series
    if (number !== undefined) message.numbers.push(id, number)
    if (histogram !== undefined) message.histograms.push(...histogram)
    if (exponential !== undefined) message.exponential.push(exponential)
    message.bytes += MAX_NUMBER_BYTES * (2 + (histogram?.length ?? 0))
    if (exponential !== undefined) message.bytes += JSON.stringify(exponential).length
    for (const exemplar of series.exemplars ?? []) message.addExemplar(exemplar)
  }

  /** Keeps the newest exemplars of each series: those of the last push that has some. */
  #applyExemplars(exemplars: readonly WireExemplar[]): void {
    const replaced = new Set<number>()
    for (const exemplar of exemplars) {
      const series = this.#series.get(exemplar[0])
      if (series === undefined) continue
      if (!replaced.has(exemplar[0])) series.exemplars = []
      replaced.add(exemplar[0])
      series.exemplars?.push(exemplar)
    }
  }
}
