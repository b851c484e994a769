/** Time limits of a scrape, in milliseconds from the arrival of its request. */
export interface ScrapeTimeout {
  /** Until the body is ready. */
  readonly bodyMs: number
  /** Until the client has read the body. */
  readonly readMs: number
  /** Longest time in which the client reads nothing. */
  readonly stallMs: number
}

/** Limits if the scraper sends no timeout. A person or a script may need a minute to read. */
const DEFAULTS = { bodyMs: 10_000, readMs: 60_000 }

/** Bounds of the limits that a scraper can request. */
const BODY_MS = { min: 1000, max: 60_000 }
const READ_MS = { min: 10_000, max: 600_000 }

/** Part of the scraper's timeout that is reserved for the network, in milliseconds. */
const NETWORK_ALLOWANCE_MS = 500

/**
 * Parses the header `X-Prometheus-Scrape-Timeout-Seconds`.
 *
 * A client that reads nothing for half of its time will not read the whole body in time. The operating system buffers
 * data of a socket, so reading shows in large steps, but a client that is fast enough takes several of them.
 */
export function parseScrapeTimeout(header: string | undefined): ScrapeTimeout {
  const milliseconds = Number(header) * 1000
  const isGiven = Number.isFinite(milliseconds) && header !== ''
  const bodyMs = isGiven ? clamp(milliseconds - NETWORK_ALLOWANCE_MS, BODY_MS) : DEFAULTS.bodyMs
  const readMs = isGiven ? clamp(milliseconds, READ_MS) : DEFAULTS.readMs
  return { bodyMs, readMs, stallMs: Math.max(READ_MS.min, readMs / 2) }
}

function clamp(value: number, { min, max }: { readonly min: number; readonly max: number }): number {
  return Math.min(Math.max(value, min), max)
}
