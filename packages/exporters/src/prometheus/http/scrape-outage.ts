import { type Clock, TimeoutError, UnavailableError } from '@vr/otel-metrics/internal'
import { type Log, Outage } from '../../outage.ts'
import { COLLECTING, WRITING } from '../scrape/scrape-coordinator.ts'

/** The response to a failed scrape. */
export interface FailureResponse {
  readonly status: 500 | 503
  readonly text: string
}

/** What to do if a step of a scrape takes too long. */
const REMEDIES: Readonly<Record<string, string>> = {
  [COLLECTING]: "find the slow observable callback, or raise the scraper's scrape_timeout",
  [WRITING]:
    "reduce the number of series, request fewer metrics with name[], or raise the scraper's scrape_timeout",
}

/** Logs failed scrapes: once for each error of an outage, and once when scrapes succeed again. See {@link Outage}. */
export class ScrapeOutage {
  readonly #outage: Outage

  constructor(log: Log, clock: Clock) {
    this.#outage = new Outage(log, clock)
  }

  /**
   * Called at every failed scrape.
   * @returns the response
   */
  begin(error: unknown): FailureResponse {
    const isTemporary = error instanceof TimeoutError || error instanceof UnavailableError
    const status = isTemporary ? 503 : 500
    const reason = isTemporary ? error.message : String(error)
    const remedy = error instanceof TimeoutError ? REMEDIES[error.work] : undefined
    const message = `prometheus: a scrape failed with status ${status}: ${reason}`
    this.#outage.begin(
      'error',
      remedy === undefined ? message : `${message}; ${remedy}`,
      withoutNumbers(reason),
    )
    return { status, text: isTemporary ? reason : 'metrics could not be collected' }
  }

  /** Called at every scrape that succeeds. */
  end(): void {
    this.#outage.end(() => 'prometheus: scrapes succeed again')
  }
}

/** Returns an error's text without its numbers, such as time limits and ports, which differ between errors of one cause. */
function withoutNumbers(text: string): string {
  return text.replace(/\d+/g, '0')
}
