/** Fixtures of the scrape benchmarks: series, a request, and a response that counts bytes. */
import { Writable } from 'node:stream'
import type { MeterProvider } from '@vr/otel-metrics'

export type Kind = 'counters' | 'histograms'

export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60]

/** One line per bucket, sum and count. */
export const LINES_PER_HISTOGRAM = BOUNDS.length + 3

export const SERIES_PER_INSTRUMENT = 1000

/** The part of a request that a handler uses. */
export const request = { method: 'GET', url: '/metrics', headers: {} }

/** Discards the answer and counts its bytes. */
export class CountingResponse extends Writable {
  statusCode = 0
  headersSent = false
  bytes = 0
  setHeader(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length
    done()
  }
}

/** Records series that have `lines` lines in Prometheus text format. */
export function recordSeries(kind: Kind, provider: Pick<MeterProvider, 'getMeter'>, lines: number): void {
  const meter = provider.getMeter('bench')
  if (kind === 'counters') {
    for (let series = 0; series < lines; series += 1) {
      const counter = meter.createCounter(`requests.${Math.floor(series / SERIES_PER_INSTRUMENT)}`)
      counter.add(series, { method: 'GET', route: `/v1/things/${series}`, status: '200' })
    }
    return
  }
  const advice = { explicitBucketBoundaries: BOUNDS }
  for (let series = 0; series < lines / LINES_PER_HISTOGRAM; series += 1) {
    const name = `duration.${Math.floor(series / SERIES_PER_INSTRUMENT)}`
    const histogram = meter.createHistogram(name, { unit: 's', advice })
    for (let record = 0; record < 5; record += 1) {
      histogram.record(record * 0.3, { method: 'GET', route: `/v1/things/${series}` })
    }
  }
}
