import type { Clock } from '@vr/otel-metrics/internal'
import type { ScrapeBody } from '../scrape/scrape-body.ts'
import type { ScrapeResponse } from './scrape-response.ts'

type Scope = 'all' | 'client'

/** Answers under way, from the arrival of their requests on. */
const MAX_RESPONSES: Readonly<Record<Scope, number>> = { all: 200, client: 100 }

/** Answers being sent that are larger than {@link SMALL_BODY_BYTES}. */
const MAX_LARGE_BODIES: Readonly<Record<Scope, number>> = { all: 64, client: 8 }

/** What a socket takes at once as a rule, whether or not the client reads; in bytes. */
const SMALL_BODY_BYTES = 64 * 1024

/** Times that the texts being sent hold the bytes of the largest of them, at most, and {@link SPARE_BYTES}. */
const MAX_BODY_MULTIPLE: Readonly<Record<Scope, number>> = { all: 8, client: 4 }
const SPARE_BYTES = 1024 * 1024

/** Where that is not enough, an answer is a text that is being sent, if it is not older than so many milliseconds. */
const MAX_SHARED_AGE_MS = 2000

/** How often clients are looked at, in milliseconds. */
const SWEEP_INTERVAL_MS = 250

/** A client that has taken nothing for so many sweeps, which is a second at least, gives its place to one that comes. */
const STALLED_SWEEPS = 5

/**
 * Bounds what answers cost, all together and those of one client.
 *
 * A client for which there is no place gets that of the one that has taken nothing for the longest time, if that is a
 * second or more; a client that takes something every second loses its place to nobody. So clients that do not read keep
 * a scraper out neither from another address nor, behind a proxy, from their own.
 *
 * Progress is counted in sweeps and not in time: while the event loop is blocked, no client can take anything.
 */
export class AdmissionControl {
  readonly #clock: Clock
  readonly #responses = new Set<ScrapeResponse>()
  #isSweeping = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes a place for an answer that is going to be made. Returns false if there is none. */
  admit(answer: ScrapeResponse): boolean {
    const hasRoom = this.#makeRoom(
      answer,
      () => true,
      (others, scope) => others.length < MAX_RESPONSES[scope],
    )
    if (hasRoom) this.#responses.add(answer)
    return hasRoom
  }

  /**
   * Takes a place for sending.
   * @returns what to send: `payload`, or another one of the same key that is being sent already, if there is no room for
   *   more texts; undefined if there is no place
   */
  admitBody(answer: ScrapeResponse, payload: ScrapeBody): ScrapeBody | undefined {
    const hasPlace =
      !isLarge(payload) ||
      this.#makeRoom(answer, isSendingLarge, (others, scope) => others.length < MAX_LARGE_BODIES[scope])
    if (!hasPlace) return undefined
    const hasRoom = this.#makeRoom(answer, isSending, (others, scope) =>
      fit(payload, others, MAX_BODY_MULTIPLE[scope]),
    )
    this.#sweepLater()
    return hasRoom ? payload : this.#youngestLike(payload)
  }

  #youngestLike({ key, encoding, collectedAt }: ScrapeBody): ScrapeBody | undefined {
    const sent = [...this.#responses].flatMap(({ body: payload }) => payload ?? [])
    return sent
      .filter((other) => other.key === key && other.encoding === encoding)
      .sort((a, b) => b.collectedAt - a.collectedAt)
      .find((other) => collectedAt - other.collectedAt <= MAX_SHARED_AGE_MS)
  }

  /** Gives the places of an answer back. */
  release(answer: ScrapeResponse): void {
    this.#responses.delete(answer)
  }

  /**
   * Cuts clients that are stuck, the longest first, until there is room; none if there would be none.
   * @param counts which answers take the places in question
   */
  #makeRoom(
    answer: ScrapeResponse,
    counts: (other: ScrapeResponse) => boolean,
    hasRoom: (others: readonly ScrapeResponse[], scope: Scope) => boolean,
  ): boolean {
    for (const scope of ['client', 'all'] as const) {
      const rivals = [...this.#responses].filter(
        (other) => other !== answer && counts(other) && (scope === 'all' || other.client === answer.client),
      )
      const stuck = rivals
        .filter(({ idleSweeps }) => idleSweeps >= STALLED_SWEEPS)
        .sort((a, b) => b.idleSweeps - a.idleSweeps)
      let given = 0
      while (!hasRoom(without(rivals, stuck.slice(0, given)), scope)) {
        given += 1
        if (given > stuck.length) return false
      }
      for (const other of stuck.slice(0, given)) this.#abort(other)
    }
    return true
  }

  #abort(answer: ScrapeResponse): void {
    this.#responses.delete(answer)
    answer.abort()
  }

  #sweepLater(): void {
    if (this.#isSweeping) return
    this.#isSweeping = true
    this.#clock.after(SWEEP_INTERVAL_MS, this.#sweep, false)
  }

  readonly #sweep = (): void => {
    this.#isSweeping = false
    const now = this.#clock.now()
    for (const answer of [...this.#responses].filter(isSending)) {
      // Without something in flight it is us that it waits for.
      answer.idleSweeps = answer.inFlight === 0 ? 0 : answer.idleSweeps + 1
      const isStalled = answer.idleSweeps * SWEEP_INTERVAL_MS >= answer.timeout.stallMs
      if (isStalled || now - answer.arrivedAt >= answer.timeout.readMs) this.#abort(answer)
      else this.#sweepLater()
    }
  }
}

function isSending({ body: payload }: ScrapeResponse): boolean {
  return payload !== undefined
}

function isSendingLarge({ body: payload }: ScrapeResponse): boolean {
  return payload !== undefined && isLarge(payload)
}

function isLarge({ byteLength }: ScrapeBody): boolean {
  return byteLength > SMALL_BODY_BYTES
}

function without(
  answers: readonly ScrapeResponse[],
  some: readonly ScrapeResponse[],
): readonly ScrapeResponse[] {
  return answers.filter((answer) => !some.includes(answer))
}

/** Whether a payload and those of some answers hold no more than `times` the largest of them. */
function fit(payload: ScrapeBody, answers: readonly ScrapeResponse[], times: number): boolean {
  const payloads = new Set([payload, ...answers.flatMap((answer) => answer.body ?? [])])
  const sizes = [...payloads].map(({ byteLength }) => byteLength)
  const held = sizes.reduce((sum, size) => sum + size, 0)
  return held <= times * Math.max(...sizes) + SPARE_BYTES
}
