import { logger, processClock } from '@vr/otel-metrics/internal'
import { instance, type SnapshotReader } from '../lifecycle/instance.ts'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'
import type { MetricSnapshot, SnapshotFilter } from './metric-snapshot.ts'

/**
 * Returns the metrics of all workers and of the engine, one object for each series: those of a scrape, under its names and labels.
 * Counters are named without `_total`. Summaries, infos and metrics without a type are left out.
 * @example
 * for (const metric of await getMetricsSnapshot({ prefixes: ['vllm:'] })) {
 *   if (metric.type === 'Gauge') console.log(metric.name, metric.value)
 * }
 * @param filter default: all series
 * @returns everything that was recorded before the call. Empty while telemetry or metrics are off, and, with a warning, if the
 *   metrics cannot be collected within 5 s. Never rejects
 */
export async function getMetricsSnapshot(filter: SnapshotFilter = {}): Promise<MetricSnapshot[]> {
  return (await read((snapshots) => snapshots.read(filter))) ?? []
}

/**
 * Returns by how much a counter increases per second, over the last seconds and added over its series; for a histogram, how many
 * values are recorded per second. Resets of counters are detected, as by `rate` of Prometheus, but nothing is extrapolated.
 *
 * The first call starts to take samples, ten for each window. They stop when it was not called for five minutes, or three windows if
 * that is longer.
 * @example
 * const tokens = await rate('vllm:generation_tokens', 30)
 * if (tokens !== undefined && tokens < 100) console.warn('the engine is slow')
 * @param name name of a counter or histogram in a scrape, with or without `_total`
 * @param seconds length of the window, from 1 to 3600; the time between the two samples is up to half longer, which is accounted for
 * @param labels labels that a series must have; default: none
 * @returns `undefined` until the samples cover the window, and without such a series. Never rejects
 */
export async function rate(
  name: string,
  seconds: number,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  return await read((snapshots) => snapshots.windows.rate({ name, seconds, labels }))
}

/**
 * Estimates a quantile of the values that a histogram recorded in the last seconds, as `histogram_quantile` of Prometheus does for
 * `sum by (le)` of the increases of all series.
 *
 * Samples are taken as described for {@link rate}.
 * @example
 * const p95 = await quantile('vllm_responses_http_request_duration_seconds', 0.95, 60, { route: '/v1/responses' })
 * @param name name of a histogram in a scrape
 * @param q from 0 to 1; below, the result is `-Infinity`, above, `Infinity`
 * @param seconds length of the window, from 1 to 3600
 * @param labels labels that a series must have; default: none
 * @returns `undefined` until the samples cover the window, and without values in it. Never rejects
 */
export async function quantile(
  name: string,
  q: number,
  seconds: number,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  return await read((snapshots) => snapshots.windows.quantile({ name, seconds, labels }, q))
}

/**
 * Answers {@link getMetricsSnapshot} as JSON. Use it as a route of your own server. `?name[]=` and `?prefix[]=` select families.
 * Requires the token of `VR_METRICS_TOKEN` if it is set. Responds with status 503 while telemetry or metrics are off.
 * @example
 * http.createServer(metricsSnapshotHandler).listen(9465, '127.0.0.1')
 */
export const metricsSnapshotHandler: RequestHandler = (request, response) => {
  const snapshots = instance()?.snapshots
  if (snapshots !== undefined) return snapshots.handler(request, response)
  response.writeHead(503, { 'content-type': 'application/json; charset=utf-8' })
  response.end('{"error":"metrics are off"}\n')
}

/** Longer than a read takes: two collections of 5 s, in milliseconds. */
const HOLD_MS = 15_000

/** Whether the last read failed: the first failure in a row is logged. */
let hasFailed = false

/**
 * Runs a read. A timer keeps the process alive meanwhile: nothing else does while an engine or a worker answers, and Node ends a
 * program with exit code 13 whose top-level `await` cannot be settled any more.
 */
async function read<Result>(
  run: (snapshots: SnapshotReader) => Promise<Result>,
): Promise<Result | undefined> {
  const snapshots = instance()?.snapshots
  if (snapshots === undefined) return undefined
  const release = processClock.after(HOLD_MS, () => {}, true)
  try {
    const result = await run(snapshots)
    hasFailed = false
    return result
  } catch (error) {
    if (!hasFailed) logger.warn(`metrics could not be read in code: ${error}`)
    hasFailed = true
    return undefined
  } finally {
    release()
  }
}
