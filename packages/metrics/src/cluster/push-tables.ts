import type { Attributes } from '@opentelemetry/api'
import { InvalidMessage } from './codec.ts'
import type { MetricIdentity, Push } from './messages.ts'

/** Limits of one connection. */
const MAX_METRICS = 10_000
const MAX_SERIES = 500_000

/** Most characters of the attributes of all series, as JSON. */
const MAX_ATTRIBUTE_LENGTH = 64 * 1024 * 1024

interface DefinedSeries {
  readonly metric: MetricIdentity
  readonly length: number
}

/** The metrics and series that a connection has defined. A message changes them as a whole or not at all. */
export class PushTables {
  readonly #metrics = new Map<number, { readonly metric: MetricIdentity; readonly text: string }>()
  readonly #series = new Map<number, DefinedSeries>()
  #length = 0
  #newMetrics = new Map<number, { readonly metric: MetricIdentity; readonly text: string }>()
  #newSeries = new Map<number, DefinedSeries>()
  #newLength = 0

  /** Starts a message. */
  begin(): void {
    this.#newMetrics = new Map()
    this.#newSeries = new Map()
    this.#newLength = 0
  }

  /** Defines a metric. The same definition may be repeated. */
  addMetric(id: number, metric: MetricIdentity): void {
    if (id >= MAX_METRICS) throw new InvalidMessage('limit', `more than ${MAX_METRICS} metrics`)
    const text = JSON.stringify(metric)
    const known = this.#newMetrics.get(id) ?? this.#metrics.get(id)
    if (known !== undefined && known.text !== text)
      throw new InvalidMessage('value', `metric ${id} is defined again with another identity`)
    this.#newMetrics.set(id, { metric, text })
  }

  /** Defines a series. */
  addSeries(id: number, metricId: number, attributes: Attributes): void {
    if (id >= MAX_SERIES) throw new InvalidMessage('limit', `more than ${MAX_SERIES} series`)
    const metric = (this.#newMetrics.get(metricId) ?? this.#metrics.get(metricId))?.metric
    if (!metric) throw new InvalidMessage('unknown_id', `metric ${metricId} is not defined`)
    const { length } = JSON.stringify(attributes)
    this.#newLength += length - (this.#newSeries.get(id) ?? this.#series.get(id) ?? { length: 0 }).length
    if (this.#length + this.#newLength > MAX_ATTRIBUTE_LENGTH)
      throw new InvalidMessage('limit', `attributes of more than ${MAX_ATTRIBUTE_LENGTH} characters`)
    this.#newSeries.set(id, { metric, length })
  }

  /** Returns the metric of a series. */
  metricOf(id: unknown): MetricIdentity {
    const series = this.#newSeries.get(id as number) ?? this.#series.get(id as number)
    if (!series) throw new InvalidMessage('unknown_id', 'a series is not defined')
    return series.metric
  }

  /** Applies the removals and definitions of a valid message. */
  commit({ removed = [] }: Push): void {
    for (const id of removed) {
      this.#length -= this.#series.get(id)?.length ?? 0
      this.#series.delete(id)
    }
    for (const [id, metric] of this.#newMetrics) this.#metrics.set(id, metric)
    for (const [id, series] of this.#newSeries) {
      this.#length += series.length - (this.#series.get(id)?.length ?? 0)
      this.#series.set(id, series)
    }
  }
}
