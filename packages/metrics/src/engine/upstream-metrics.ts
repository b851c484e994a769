import type { Clock } from '../clock.ts'
import { logger } from '../logger.ts'
import { settleWithin } from '../with-timeout.ts'
import { withLabels } from './added-labels.ts'
import type { Family, Labels } from './family.ts'
import { type NamePrefixes, selectFamilies } from './family-filter.ts'
import { fetchBody } from './fetch/fetch-body.ts'
import { FETCH_FAULTS, FetchError, type FetchFault } from './fetch/fetch-error.ts'
import type { Upstream } from './fetch/upstream.ts'
import { ExpositionError } from './parse/exposition-error.ts'
import type { ExpositionLimits } from './parse/limits.ts'
import { parseInSlices } from './parse/parse-exposition.ts'
import { runInSlices } from './slices.ts'
import type { UpstreamState } from './upstream-state.ts'

/** Time for which the last values of a failing engine are exposed, in milliseconds. */
const KEEP_MS = 15_000

/** Longest wait for an engine whose last fetch failed, in milliseconds. Its fetch continues in the background. */
const FAILING_WAIT_MS = 100

/** How the metrics of an engine are read. */
export interface UpstreamOptions extends NamePrefixes {
  /** Labels of every series, with that of the engine. */
  readonly labels: Labels
  /** Deadline of a fetch, in milliseconds. */
  readonly timeoutMs: number
  readonly limits: ExpositionLimits
  readonly clock: Clock
}

/** The metrics of one engine: fetches them, and keeps the last values and the state. */
export class UpstreamMetrics {
  readonly #upstream: Upstream
  readonly #options: UpstreamOptions
  readonly #aborter = new AbortController()
  readonly #errors = Object.fromEntries(FETCH_FAULTS.map((fault) => [fault, 0])) as Record<FetchFault, number>
  #families: readonly Family[] = []
  #readAt: number | undefined
  #bytes = 0
  #unsafe = 0
  #isUp = false
  #lastError: UpstreamState['lastError']
  #pending: Promise<void> | undefined

  constructor(upstream: Upstream, options: UpstreamOptions) {
    this.#upstream = upstream
    this.#options = options
  }

  /** The last values that were read; none after 15 seconds. */
  get families(): readonly Family[] {
    const { clock } = this.#options
    if (this.#readAt !== undefined && clock.now() - this.#readAt > KEEP_MS) this.#families = []
    return this.#families
  }

  /**
   * Fetches the metrics, or joins the fetch in progress. Never rejects.
   * @param timeoutMs longest wait, in milliseconds
   */
  refresh(timeoutMs: number): Promise<void> {
    const { clock, timeoutMs: deadline } = this.#options
    if (this.#aborter.signal.aborted) return Promise.resolve()
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined
    })
    const wait = Math.min(timeoutMs, this.#lastError === undefined ? deadline : FAILING_WAIT_MS)
    return settleWithin(this.#pending, wait, { clock })
  }

  state(conflicts: number): UpstreamState {
    const { clock } = this.#options
    return {
      upstream: this.#upstream.name,
      isUp: this.#isUp,
      ageSeconds: this.#readAt === undefined ? undefined : (clock.now() - this.#readAt) / 1000,
      errors: { ...this.#errors },
      lastError: this.#lastError,
      bytes: this.#bytes,
      dropped: { conflict: conflicts, unsafe: this.#unsafe },
    }
  }

  /** Aborts the fetch in progress, and drops the values. */
  close(): void {
    this.#aborter.abort()
    this.#families = []
  }

  async #fetch(): Promise<void> {
    const { timeoutMs, limits, clock, labels } = this.#options
    const { signal } = this.#aborter
    try {
      const { maxBytes } = limits
      const { parts, bytes, dialect } = await fetchBody(this.#upstream.url, {
        timeoutMs,
        maxBytes,
        signal,
        clock,
      })
      const parsed = await parseInSlices(parts, dialect, limits, clock)
      const { families, unsafe } = await runInSlices(selectFamilies(parsed, this.#options), clock)
      const labelled = await runInSlices(withLabels(families, labels), clock)
      if (!signal.aborted) this.#succeed(labelled, unsafe, bytes)
    } catch (error) {
      if (!signal.aborted) this.#fail(error)
    }
  }

  #succeed(families: readonly Family[], unsafe: number, bytes: number): void {
    this.#families = families
    this.#readAt = this.#options.clock.now()
    this.#unsafe = unsafe
    this.#bytes = bytes
    this.#isUp = true
    if (this.#lastError !== undefined)
      logger.info(`metrics of the engine ${this.#upstream.name} are available again`)
    this.#lastError = undefined
  }

  /** Logs an outage once, when it begins. */
  #fail(error: unknown): void {
    const { fault, message } = describeFailure(error)
    this.#errors[fault] += 1
    this.#isUp = false
    if (this.#lastError === undefined)
      logger.warn(
        `metrics of the engine ${this.#upstream.name} are not available (${fault}): ${message}; its last values are exposed for ${KEEP_MS / 1000} s`,
      )
    this.#lastError = { fault, message }
  }
}

function describeFailure(error: unknown): { fault: FetchFault; message: string } {
  if (error instanceof FetchError || error instanceof ExpositionError)
    return { fault: error.fault, message: error.message }
  // Messages of other errors can contain the URL.
  return { fault: 'connection', message: 'the request could not be sent' }
}
