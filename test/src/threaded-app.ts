import { eventually, RunningApp } from './running-app.ts'
import { type Scrape, scrape } from './scrape.ts'

interface Answer {
  readonly id?: number
  readonly url?: string
  readonly seconds?: number
  readonly bytes?: number
  readonly [key: string]: unknown
}

/** The program `test/apps/thread-commands.mjs`, which runs worker threads by command. */
export class ThreadedApp {
  readonly app: RunningApp
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0
  #url: Promise<string> | undefined

  constructor(env: Readonly<Record<string, string>> = {}, execArgv?: readonly string[]) {
    this.app = new RunningApp('thread-commands.mjs', {
      env,
      ipc: true,
      ...(execArgv === undefined ? {} : { execArgv }),
    })
    this.app.process.on('message', (answer: Answer) => this.#waiting.get(answer.id as number)?.(answer))
  }

  /** Runs a command; resolves with its answer when it is done. */
  readonly run = (command: string, parameters: Answer = {}): Promise<Answer> =>
    new Promise((resolve) => {
      this.#waiting.set(++this.#lastId, resolve)
      this.app.process.send({ ...parameters, command, id: this.#lastId })
    })

  /** Scrapes the endpoint whose URL the start line has. */
  async scrape(): Promise<Scrape> {
    return scrape(await this.#metricsUrl())
  }

  /** Scrapes that endpoint until no thread is missing. */
  async completeScrape(): Promise<Scrape> {
    return completeScrape(await this.#metricsUrl())
  }

  #metricsUrl(): Promise<string> {
    this.#url ??= this.app.metricsUrl()
    return this.#url
  }
}

/** Scrapes until no thread is missing, and returns that scrape. */
export const completeScrape = (url: string): Promise<Scrape> =>
  eventually(async () => {
    const scraped = await scrape(url).catch(() => undefined) // 503 before the first merged state
    return scraped?.values('vr_otel_scrape_complete')[''] === 1 ? scraped : undefined
  })

/** Returns the events that each thread has counted, by its name. */
export function eventsOf(scraped: Scrape): Record<string, number> {
  const byLabels = Object.entries(scraped.values('events_total'))
  return Object.fromEntries(byLabels.map(([labels, value]) => [/name=([^,]*)/.exec(labels)?.[1], value]))
}
