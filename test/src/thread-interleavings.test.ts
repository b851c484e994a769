import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Scrape } from './scrape.ts'
import { eventsOf, ThreadedApp } from './threaded-app.ts'

/** The start of a thread takes up to a second while other tests run. */
const TIMEOUT_MS = 240_000

/** How a step ends a thread, or what it lets the thread do. */
const step = fc.record({
  action: fc.constantFrom('start', 'record', 'recordAndRun', 'nested', 'exit', 'throw', 'terminate'),
  thread: fc.nat(2),
})

/** What a thread has recorded, and how much of it is counted in any case. */
interface Ledger {
  recorded: number
  safe: number
}

/** The program with up to three threads at once, and what all threads have recorded. */
class Run {
  readonly threads = new ThreadedApp()
  readonly ledgers = new Map<string, Ledger>()
  readonly #living: (string | undefined)[] = [undefined, undefined, undefined]
  #lastName = 0

  async take({ action, thread }: { action: string; thread: number }): Promise<void> {
    const name = this.#living[thread]
    if (name === undefined) {
      const started = `t${++this.#lastName}`
      await this.threads.run('start', { name: started })
      this.#living[thread] = started
    } else if (action === 'record' || action === 'recordAndRun') {
      await this.threads.run(action, { name, count: 2 })
      this.#add(name, 2, action === 'recordAndRun')
    } else if (action === 'nested') {
      await this.threads.run('nested', { name, count: 1 })
      this.#add(`${name}/nested`, 1, true)
    } else if (action !== 'start') {
      await this.#end(name, action)
      this.#living[thread] = undefined
    }
  }

  async #end(name: string, action: string): Promise<void> {
    if (action === 'terminate') {
      await this.threads.run('terminate', { name })
      return
    }
    await this.threads.run('end', { name, how: action })
    this.#add(name, action === 'throw' ? 1 : 0, true)
  }

  /** Adds to the ledger of a thread. `isSafe`: it has run since, or has ended by itself. */
  #add(name: string, count: number, isSafe: boolean): void {
    const ledger = this.ledgers.get(name) ?? { recorded: 0, safe: 0 }
    ledger.recorded += count
    if (isSafe) ledger.safe = ledger.recorded
    this.ledgers.set(name, ledger)
  }

  /** Everything that living threads have recorded is in a complete scrape. */
  settle(): void {
    for (const name of this.#living) if (name !== undefined) this.#add(name, 0, true)
  }
}

/** Counters and histograms of a scrape, by name and labels. */
function monotonicValues({ samples }: Scrape): Map<string, number> {
  const monotonic = samples.filter(({ name }) => /_(total|count|sum|bucket)$/.test(name))
  return new Map(monotonic.map(({ name, labels, value }) => [`${name} ${JSON.stringify(labels)}`, value]))
}

it(
  'no counter falls, and all threads count exactly, in any order of starts, records and ends during scrapes',
  async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 16 }), async (steps) => {
      const run = new Run()
      let isDone = false
      const scrapeRepeatedly = async (): Promise<void> => {
        let before = new Map<string, number>()
        while (!isDone) {
          const values = monotonicValues(await run.threads.scrape())
          for (const [series, value] of before)
            expect(values.get(series), series).toBeGreaterThanOrEqual(value)
          before = values
        }
      }
      const scrapes = scrapeRepeatedly()
      for (const one of steps) await run.take(one)
      isDone = true
      await scrapes
      run.settle()
      const events = eventsOf(await run.threads.completeScrape())
      for (const [name, { recorded, safe }] of run.ledgers) {
        expect(events[name] ?? 0, name).toBeGreaterThanOrEqual(safe)
        expect(events[name] ?? 0, name).toBeLessThanOrEqual(recorded)
      }
      await run.threads.app.kill()
    })
    await fc.assert(property, { numRuns: 4 })
  },
  TIMEOUT_MS,
)
