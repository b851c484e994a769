import type { Clock } from '@vr/otel-metrics/internal'
import type { ScrapeBody } from '../scrape/scrape-body.ts'
import type { ScrapeResponse } from './scrape-response.ts'

/** Limits apply to all clients together and to each client. */
type Scope = 'all' | 'client'

/** Maximum number of responses, counted from the arrival of their requests. */
const MAX_RESPONSES: Readonly<Record<Scope, number>> = { all: 200, client: 100 }

/** Maximum number of responses that send a body larger than {@link SMALL_BODY_BYTES}. */
const MAX_LARGE_BODIES: Readonly<Record<Scope, number>> = { all: 64, client: 8 }

/** Bytes that a socket usually takes at once, whether or not the client reads. */
const SMALL_BODY_BYTES = 64 * 1024

/** The bodies being sent have at most this multiple of the size of the largest one, plus {@link SPARE_BYTES}. */
const MAX_BODY_MULTIPLE: Readonly<Record<Scope, number>> = { all: 8, client: 4 }
const SPARE_BYTES = 1024 * 1024

/** Beyond that limit a client gets a body that is already being sent, if it is not older than this, in milliseconds. */
const MAX_SHARED_AGE_MS = 2000

/** Interval at which the progress of clients is checked, in milliseconds. */
const SWEEP_INTERVAL_MS = 250

/** A client that has read nothing for this many sweeps (at least a second) can be aborted in favour of a new one. */
const STALLED_SWEEPS = 5

/**
 * Limits the number of concurrent scrape responses and the memory of their bodies, in total and for each client.
 *
 * If a limit is reached, a new response replaces the response whose client has read nothing for the longest time, at least a
 * second. A client that reads something every second is never replaced. So clients that do not read cannot block a scraper,
 * whether it has another address or, behind a proxy, the same one.
 *
 * Progress is measured in sweeps and not in time, since no client can read while the event loop is blocked.
 */
export class AdmissionControl {
  readonly #clock: Clock
  readonly #responses = new Set<ScrapeResponse>()
  #isSweeping = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Admits a response before its body is created. Returns false if a limit is reached. */
  admit(response: ScrapeResponse): boolean {
    const hasRoom = this.#makeRoom(
      response,
      () => true,
      (others, scope) => others.length < MAX_RESPONSES[scope],
    )
    if (hasRoom) this.#responses.add(response)
    return hasRoom
  }

  /**
   * Admits the body of a response.
   * @returns the body to send: `body`, or one with the same key that is already being sent if the memory limit is
   *   reached; undefined if a limit is reached
   */
  admitBody(response: ScrapeResponse, body: ScrapeBody): ScrapeBody | undefined {
    const canSend =
      !isLarge(body) ||
      this.#makeRoom(response, isSendingLarge, (others, scope) => others.length < MAX_LARGE_BODIES[scope])
    if (!canSend) return undefined
    const hasMemory = this.#makeRoom(response, isSending, (others, scope) =>
      fit(body, others, MAX_BODY_MULTIPLE[scope]),
    )
    this.#scheduleSweep()
    return hasMemory ? body : this.#newestLike(body)
  }

  #newestLike({ key, encoding, collectedAt }: ScrapeBody): ScrapeBody | undefined {
    const sent = [...this.#responses].flatMap(({ body }) => body ?? [])
    return sent
      .filter((other) => other.key === key && other.encoding === encoding)
      .sort((a, b) => b.collectedAt - a.collectedAt)
      .find((other) => collectedAt - other.collectedAt <= MAX_SHARED_AGE_MS)
  }

  /** Called when a response has ended. */
  release(response: ScrapeResponse): void {
    this.#responses.delete(response)
  }

  /**
   * Aborts stalled responses, the longest stalled first, until there is room. Aborts none if that is not enough.
   * @param counts whether a response counts for the limit
   * @returns whether there is room
   */
  #makeRoom(
    response: ScrapeResponse,
    counts: (other: ScrapeResponse) => boolean,
    hasRoom: (others: readonly ScrapeResponse[], scope: Scope) => boolean,
  ): boolean {
    for (const scope of ['client', 'all'] as const) {
      const others = [...this.#responses].filter(
        (other) =>
          other !== response && counts(other) && (scope === 'all' || other.client === response.client),
      )
      const stalled = others
        .filter(({ idleSweeps }) => idleSweeps >= STALLED_SWEEPS)
        .sort((a, b) => b.idleSweeps - a.idleSweeps)
      let aborted = 0
      while (!hasRoom(without(others, stalled.slice(0, aborted)), scope)) {
        aborted += 1
        if (aborted > stalled.length) return false
      }
      for (const other of stalled.slice(0, aborted)) this.#abort(other)
    }
    return true
  }

  #abort(response: ScrapeResponse): void {
    this.#responses.delete(response)
    response.abort()
  }

  #scheduleSweep(): void {
    if (this.#isSweeping) return
    this.#isSweeping = true
    this.#clock.after(SWEEP_INTERVAL_MS, this.#sweep, false)
  }

  readonly #sweep = (): void => {
    this.#isSweeping = false
    const now = this.#clock.now()
    for (const response of [...this.#responses].filter(isSending)) {
      // Without bytes in flight the client waits for us.
      response.idleSweeps = response.inFlight === 0 ? 0 : response.idleSweeps + 1
      const { stallMs, readMs } = response.timeout
      const isStalled = response.idleSweeps * SWEEP_INTERVAL_MS >= stallMs
      if (isStalled || now - response.arrivedAt >= readMs) this.#abort(response)
      else this.#scheduleSweep()
    }
  }
}

function isSending({ body }: ScrapeResponse): boolean {
  return body !== undefined
}

function isSendingLarge({ body }: ScrapeResponse): boolean {
  return body !== undefined && isLarge(body)
}

function isLarge({ byteLength }: ScrapeBody): boolean {
  return byteLength > SMALL_BODY_BYTES
}

function without(
  responses: readonly ScrapeResponse[],
  excluded: readonly ScrapeResponse[],
): readonly ScrapeResponse[] {
  return responses.filter((response) => !excluded.includes(response))
}

/** Whether a body and those of some responses have at most `multiple` times the size of the largest one. */
function fit(body: ScrapeBody, responses: readonly ScrapeResponse[], multiple: number): boolean {
  const bodies = new Set([body, ...responses.flatMap((response) => response.body ?? [])])
  const sizes = [...bodies].map(({ byteLength }) => byteLength)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return total <= multiple * Math.max(...sizes) + SPARE_BYTES
}
