import type { MetricSnapshot } from './metric-snapshot.ts'

/**
 * Makes `JSON.stringify` write the numbers of a series that JSON does not have as texts instead of `null`. The method is not
 * enumerable, so the series still equals and copies as plain data.
 */
export function withJson(metric: MetricSnapshot): void {
  if (numbersOf(metric).every(Number.isFinite)) return
  Object.defineProperty(metric, 'toJSON', { value: toJson, enumerable: false })
}

function numbersOf(metric: MetricSnapshot): readonly number[] {
  if (metric.type === 'Vector') return metric.values
  return metric.type === 'Histogram' ? [metric.sum] : [metric.value]
}

function toJson(this: MetricSnapshot): object {
  if (this.type === 'Vector') return { ...this, values: this.values.map(jsonNumber) }
  return this.type === 'Histogram'
    ? { ...this, sum: jsonNumber(this.sum) }
    : { ...this, value: jsonNumber(this.value) }
}

function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
