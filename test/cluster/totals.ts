import type { ParsedFamily } from '../../packages/exporters/src/testing/strict-parser.ts'
import type { Ledger, LedgerEvent } from './ledger.ts'
import { sampleValue } from './scraper.ts'

/** Running time before a kill after which a count must have reached the primary. */
const PUSHED_AFTER_MS = 50

/** The metrics that count an event of the ledger, with the labels that identify the worker. */
const COUNTS: readonly (readonly [event: LedgerEvent, metric: string, label: 'route' | 'worker'])[] = [
  ['request', 'vllm_responses_http_requests_total', 'route'],
  ['request', 'vllm_responses_http_request_duration_seconds_count', 'route'],
  ['stream', 'vllm_responses_sse_streams_total', 'route'],
  ['stream', 'vllm_responses_sse_stream_duration_seconds_count', 'route'],
  ['job', 'ledger_jobs_total', 'worker'],
  ['job', 'ledger_sizes_count', 'worker'],
]

/** Read by a callback once per second, so a kill loses more of it. */
const OBSERVED = 'ledger_observed_total'

/**
 * Returns the metrics of a worker that differ from its ledger. A killed worker may lack what it counted last.
 * @param end how the worker has ended, for the text
 */
export function wrongTotals(
  families: readonly ParsedFamily[],
  worker: number,
  ledger: Ledger,
  end = 'living',
): string[] {
  const wasKilled = end === 'SIGKILL'
  const wrong: string[] = []
  const check = (metric: string, labels: Record<string, string>, least: number, most: number): void => {
    const value = sampleValue(families, metric, labels) ?? 0
    if (value < least || value > most)
      wrong.push(`worker ${worker} (${end}): ${metric} is ${value}, not ${least} to ${most}`)
  }
  for (const [event, metric, label] of COUNTS) {
    const most = ledger.count(event)
    const least = wasKilled ? ledger.countBefore(event, PUSHED_AFTER_MS) : most
    check(metric, { [label]: label === 'route' ? `/workers/${worker}` : String(worker) }, least, most)
  }
  const jobs = ledger.count('job')
  check(OBSERVED, { worker: String(worker) }, wasKilled ? 0 : jobs, jobs)
  return wrong
}

/** Returns the jobs by a series that all workers share, and as the sum of the series of each worker. They are recorded together. */
export function jobsOfAllWorkers(
  families: readonly ParsedFamily[],
): readonly [shared: number | undefined, sum: number | undefined] {
  return [
    sampleValue(families, 'ledger_jobs_of_all_workers_total'),
    sampleValue(families, 'ledger_jobs_total'),
  ]
}

/** Returns how many of the jobs of a killed worker its metrics lack. */
export function lostJobs(families: readonly ParsedFamily[], worker: number, ledger: Ledger): number {
  return ledger.count('job') - (sampleValue(families, 'ledger_jobs_total', { worker: String(worker) }) ?? 0)
}
