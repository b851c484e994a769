import { setTimeout as delay } from 'node:timers/promises'
import { type ParsedFamily, parseStrictly } from '../../packages/exporters/src/testing/strict-parser.ts'
import type { Growth } from './growth.ts'

const PERIOD_MS = 100
const PATIENCE_MS = 2000
/** Longer than a worker is stopped. */
const TIMEOUT_MS = 8000
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0'

/** An answered scrape. */
export interface Answer {
  readonly start: number
  readonly end: number
  /** The value of `vr_otel_scrape_complete`. */
  readonly isComplete: boolean
}

/**
 * Scrapes one endpoint 10 times a second, each time over a new connection. Waits for the answer at most as long as an answer can take
 * unless the worker is stopped: concurrent scrapes of one process may share an earlier collection.
 */
export class Scraper {
  readonly answers: Answer[] = []
  /** Answers that break the format, or have another status than 200. */
  readonly problems: string[] = []
  /** Number of scrapes without an answer: the worker has ended, or was stopped for too long. */
  unanswered = 0
  /** Number of answers with 503: the worker has not received the state of the primary yet. */
  tooEarly = 0
  /** URLs that answered with 503 to a scrape that started after an answer with 200. */
  readonly lostState: string[] = []
  readonly #answeredAt = new Map<string, number>()
  readonly #urlOf: () => string
  readonly #growth: Growth
  readonly #pending = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>

  /** @param urlOf returns the URL for each scrape */
  constructor(urlOf: () => string, growth: Growth) {
    this.#urlOf = urlOf
    this.#growth = growth
    this.#loop = this.#run()
  }

  /** Starts no more scrapes, and resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
    await Promise.all(this.#pending)
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const scrape = this.#scrape().finally(() => this.#pending.delete(scrape))
      this.#pending.add(scrape)
      const patience = delay(PATIENCE_MS, undefined, { ref: false })
      await Promise.all([
        Promise.race([scrape, patience]),
        delay(PERIOD_MS, undefined, { signal: this.#stop.signal }).catch(() => {}),
      ])
    }
  }

  async #scrape(): Promise<void> {
    const url = this.#urlOf()
    const since = this.#growth.answers
    const start = performance.now()
    const answer = await fetchText(url).catch(() => undefined)
    const end = performance.now()
    if (answer === undefined) {
      this.unanswered++
      return
    }
    if (answer.status === 503) {
      this.tooEarly++
      if (start > (this.#answeredAt.get(url) ?? Number.POSITIVE_INFINITY)) this.lostState.push(url)
    } else if (answer.status !== 200) this.problems.push(`${url}: ${answer.status} ${answer.text}`)
    else this.#read(url, answer.text, since, { start, end })
  }

  #read(url: string, text: string, since: number, times: { start: number; end: number }): void {
    try {
      const families = parseStrictly(text, 'openmetrics')
      this.#growth.add(families, since, url)
      if (!this.#answeredAt.has(url)) this.#answeredAt.set(url, times.end)
      this.answers.push({ ...times, isComplete: sampleValue(families, 'vr_otel_scrape_complete') === 1 })
    } catch (error) {
      this.problems.push(`${url}: ${error}`)
    }
  }
}

/** Returns the figures of a scraper as text. */
export function figuresOf(name: string, { answers, unanswered, tooEarly }: Scraper): string {
  const times = answers.map(({ start, end }) => end - start).sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor((times.length - 1) * share)]?.toFixed(1)
  const complete = answers.filter(({ isComplete }) => isComplete).length
  return `${name}: ${answers.length} scrapes, ${complete} complete, ${unanswered} unanswered, ${tooEarly} with 503; ms median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`
}

/** Scrapes once. */
export async function scrapeFamilies(url: string): Promise<ParsedFamily[]> {
  const { status, text } = await fetchText(url)
  if (status !== 200) throw new Error(`${status}: ${text}`)
  return parseStrictly(text, 'openmetrics')
}

/** Returns the sum of the samples of a name whose labels include the given ones; `undefined` without such a sample. */
export function sampleValue(
  families: readonly ParsedFamily[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const samples = families.flatMap((family) =>
    family.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    ),
  )
  return samples.length === 0 ? undefined : samples.reduce((sum, { value }) => sum + value, 0)
}

async function fetchText(url: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, {
    headers: { accept: OPENMETRICS, connection: 'close' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  return { status: answer.status, text: await answer.text() }
}
