import { InvalidMessage, isObject } from './codec.ts'
import type { MetricIdentity, Push, WireExemplar, WireExponential, WireNumber } from './messages.ts'
import { PushTables } from './push-tables.ts'
import { validateAttributes } from './validate-attributes.ts'
import { validateExponential } from './validate-exponential.ts'
import { validateMetric } from './validate-metric.ts'
import { array, integer, wireNumber } from './validation.ts'

const TRACE_ID = /^(?:[0-9a-f]{32})?$/
const SPAN_ID = /^(?:[0-9a-f]{16})?$/

/** Validates the pushes of one connection. A push is accepted as a whole or not at all. */
export class PushValidator {
  #tables = new PushTables()

  /** Forgets the ids of metrics and series. */
  reset(): void {
    this.#tables = new PushTables()
  }

  /** @throws InvalidMessage if the push is refused */
  validate(value: unknown): Push {
    if (!isObject(value)) throw new InvalidMessage('value', 'a push is not an object')
    this.#tables.begin()
    const push: Push = {
      type: 'push',
      sequence: integer(value['sequence'], 'sequence'),
      metrics: array(value['metrics'], 'metrics').map((metric) => this.#metric(metric)),
      series: array(value['series'], 'series').map((series) => this.#series(series)),
      numbers: this.#numbers(array(value['numbers'], 'numbers')),
      histograms: this.#histograms(array(value['histograms'], 'histograms')),
      exponential: array(value['exponential'], 'exponential').map((item) => this.#exponential(item)),
      exemplars: array(value['exemplars'], 'exemplars').map((exemplar) => this.#exemplar(exemplar)),
      removed: array(value['removed'], 'removed').map((id) => integer(id, 'removed id')),
    }
    this.#tables.commit(push)
    return push
  }

  #metric(value: unknown): readonly [number, MetricIdentity] {
    const [id, metric] = array(value, 'metric definition')
    const definition = [integer(id, 'metric id'), validateMetric(metric)] as const
    this.#tables.addMetric(...definition)
    return definition
  }

  #series(value: unknown): NonNullable<Push['series']>[number] {
    const [id, metric, attributes, start] = array(value, 'series definition')
    if (typeof start !== 'number' || !Number.isFinite(start))
      throw new InvalidMessage('value', 'the start of a series is not a number')
    const definition = [
      integer(id, 'series id'),
      integer(metric, 'metric id'),
      validateAttributes(attributes),
      start,
    ] as const
    this.#tables.addSeries(definition[0], definition[1], definition[2])
    return definition
  }

  #metricOf(id: unknown, ...kinds: readonly MetricIdentity['kind'][]): MetricIdentity {
    const metric = this.#tables.metricOf(id)
    if (!kinds.includes(metric.kind))
      throw new InvalidMessage('value', `a value of kind ${kinds[0]} for a metric of kind ${metric.kind}`)
    return metric
  }

  #numbers(numbers: readonly unknown[]): readonly WireNumber[] {
    if (numbers.length % 2 !== 0) throw new InvalidMessage('value', 'an id has no value')
    for (let index = 0; index < numbers.length; index += 2) {
      const metric = this.#metricOf(numbers[index], 'sum', 'gauge')
      const value = wireNumber(numbers[index + 1])
      if (metric.kind === 'sum') checkSum(value, metric)
    }
    return numbers as readonly WireNumber[]
  }

  #histograms(values: readonly unknown[]): readonly WireNumber[] {
    let index = 0
    while (index < values.length) {
      const metric = this.#metricOf(values[index], 'histogram')
      for (let offset = 1; offset <= 3; offset += 1) wireNumber(values[index + offset])
      if (metric.isMonotonic && (values[index + 1] as number) < 0)
        throw new InvalidMessage('value', 'the sum of a monotonic histogram is negative')
      const pairs = integer(values[index + 4], 'number of buckets')
      const end = index + 5 + 2 * pairs
      if (end > values.length) throw new InvalidMessage('value', 'buckets are missing')
      checkBuckets(values, index + 5, end, metric.boundaries.length)
      index = end
    }
    return values as readonly WireNumber[]
  }

  #exponential(value: unknown): WireExponential {
    const histogram = validateExponential(value)
    this.#metricOf(histogram.series, 'exponential_histogram')
    return histogram
  }

  #exemplar(value: unknown): WireExemplar {
    const [series, measured, time, traceId, spanId, attributes] = array(value, 'exemplar')
    this.#tables.metricOf(series)
    wireNumber(measured)
    if (typeof time !== 'number' || !Number.isFinite(time))
      throw new InvalidMessage('value', 'the time of an exemplar is not a number')
    if (
      typeof traceId !== 'string' ||
      !TRACE_ID.test(traceId) ||
      typeof spanId !== 'string' ||
      !SPAN_ID.test(spanId)
    )
      throw new InvalidMessage('value', 'an exemplar has an invalid trace id or span id')
    return [series as number, measured as WireNumber, time, traceId, spanId, validateAttributes(attributes)]
  }
}

/** A sum is never NaN, and not negative if it is monotonic: it would stay in the merged value. */
function checkSum(value: WireNumber, { isMonotonic }: MetricIdentity): void {
  if (value === 'NaN') throw new InvalidMessage('value', 'a sum is NaN')
  if (isMonotonic && Number(value) < 0) throw new InvalidMessage('value', 'a monotonic sum is negative')
}

/** Checks pairs of bucket index, increasing, and count. */
function checkBuckets(values: readonly unknown[], start: number, end: number, last: number): void {
  let previous = -1
  for (let index = start; index < end; index += 2) {
    const bucket = integer(values[index], 'bucket index', previous + 1)
    if (bucket > last) throw new InvalidMessage('value', 'a bucket has no bound')
    integer(values[index + 1], 'count of a bucket')
    previous = bucket
  }
}
