import { Console } from 'node:console'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { epochNow } from '@vr/otel-metrics/internal'
import { exemplarsOf } from '../exemplar-points.ts'
import { type ExportCallback, exportResult } from '../export-result.ts'
import { describeAttributes, describeExemplar, describeValue, plain } from './describe-point.ts'

/** Options of {@link ConsoleMetricExporter}. */
export interface ConsoleMetricExporterOptions {
  /** Receives one text for every export. Default: writes to stderr, since stdout can be a protocol. */
  readonly write?: (text: string) => void
  /** Maximum number of series in an export. Default 200. */
  readonly maxSeries?: number
  /** For tests: returns the system time. Default `() => new Date()`. */
  readonly now?: () => Date
}

/** Maximum number of series whose changes are detected; further ones are printed in every export. */
const MAX_TRACKED_SERIES = 10_000

/**
 * Prints the series that changed since the last export, one line each: histograms as count, mean and
 * quantiles, with the trace of the newest exemplar. Always cumulative. Works with any periodic reader.
 */
export class ConsoleMetricExporter implements PushMetricExporter {
  readonly #write: (text: string) => void
  readonly #maxSeries: number
  readonly #now: () => Date
  /** Last line of every series, by its name. */
  #printed = new Map<string, string>()

  constructor({
    write = writeToStderr,
    maxSeries = 200,
    now = () => new Date(epochNow()),
  }: ConsoleMetricExporterOptions = {}) {
    this.#write = write
    this.#maxSeries = maxSeries
    this.#now = now
  }

  /** Prints the metrics, and calls `callback` before it returns. */
  export(metrics: ResourceMetrics, callback: ExportCallback): void {
    try {
      const text = this.#render(metrics)
      if (text !== undefined) this.#write(text)
      callback(exportResult(undefined))
    } catch (error) {
      callback(exportResult(error instanceof Error ? error : new Error(String(error))))
    }
  }

  /** Does nothing: every export is printed at once. */
  async forceFlush(): Promise<void> {}

  /** Does nothing. */
  async shutdown(): Promise<void> {}

  #render({ scopeMetrics, resource }: ResourceMetrics): string | undefined {
    const seen = new Map<string, string>()
    const changed: string[] = []
    let series = 0
    for (const [name, line] of linesOf(scopeMetrics)) {
      series += 1
      if (this.#printed.get(name) !== line) changed.push(`  ${name} ${line}\n`)
      if (seen.size < MAX_TRACKED_SERIES) seen.set(name, line)
    }
    this.#printed = seen
    if (changed.length === 0) return undefined
    const time = this.#now().toISOString().slice(11, 19)
    const more = changed.length - this.#maxSeries
    const service = plain(resource.attributes['service.name'] ?? 'unknown')
    const head = `${time} metrics of ${service}: ${changed.length} of ${series} series changed\n`
    const tail = more > 0 ? `  … and ${more} more\n` : ''
    return head + changed.slice(0, this.#maxSeries).join('') + tail
  }
}

function* linesOf(scopes: ResourceMetrics['scopeMetrics']): Generator<readonly [string, string]> {
  for (const { metrics } of scopes) {
    for (const metric of metrics) {
      for (const point of metric.dataPoints) {
        const name = plain(metric.descriptor.name) + describeAttributes(point.attributes)
        yield [name, describeValue(metric, point.value) + describeExemplar(exemplarsOf(point))]
      }
    }
  }
}

/** Writes as `console.error` does, so that an unwritable stderr does not end the process. */
function writeToStderr(text: string): void {
  new Console({ stdout: process.stderr }).log(text.replace(/\n$/, ''))
}
