/** What the parts of a scrape may take, in milliseconds from the arrival of the request. */
export interface ScrapeTimeout {
  /** Until there is something to send. */
  readonly bodyMs: number
  /** Until the client has read it. */
  readonly readMs: number
  /** That the client may take nothing at all. */
  readonly stallMs: number
}

/** Where the scraper names no time-out. A person, or a script, reads as long as it takes. */
const DEFAULT = { making: 10_000, reading: 60_000 }

/** Bounds of what a scraper can ask for. */
const MAKING = { least: 1000, most: 60_000 }
const READING = { least: 10_000, most: 600_000 }

/** Left of the time that the scraper has for the way back, in milliseconds. */
const NETWORK_ALLOWANCE_MS = 500

/**
 * Reads the header `X-Prometheus-Scrape-Timeout-Seconds`.
 *
 * A client that takes nothing for half of its time is not going to get all of it: what the operating system buffers for a
 * socket shows as taken in large steps, but in several of them if the client is fast enough to be done in time.
 */
export function parseScrapeTimeout(header: string | undefined): ScrapeTimeout {
  const milliseconds = Number(header) * 1000
  const isGiven = Number.isFinite(milliseconds) && header !== ''
  const making = isGiven ? clamp(milliseconds - NETWORK_ALLOWANCE_MS, MAKING) : DEFAULT.making
  const reading = isGiven ? clamp(milliseconds, READING) : DEFAULT.reading
  return { bodyMs: making, readMs: reading, stallMs: Math.max(READING.least, reading / 2) }
}

function clamp(value: number, { least, most }: { readonly least: number; readonly most: number }): number {
  return Math.min(Math.max(value, least), most)
}
