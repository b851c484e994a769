import { setTimeout as delay } from 'node:timers/promises'
import { type LedgerProcesses, ORDERLY_ENDS, type Worker } from './ledger-processes.ts'
import type { Random } from './random.ts'

/** Default pause between two events, in milliseconds. */
const PERIOD_MS = 2000
/** Some workers are stopped longer than 3 s, after which their gauges are not reported. */
const LONGEST_STOP_MS = 4000
const EVENTS = ['kill', 'kill', 'stop', 'stop', 'stop and kill', ...ORDERLY_ENDS] as const

type Event = (typeof EVENTS)[number]

/** A time in which a worker was stopped. */
export interface Stop {
  readonly start: number
  readonly end: number
}

/** Options of {@link Disturbances}. */
export interface DisturbanceOptions {
  /** Pause between two events, in milliseconds. Default 2000. */
  readonly periodMs?: number
  /** Whether an event starts only after the worker of the one before runs again or is replaced. Default false. */
  readonly isSequential?: boolean
}

/** Periodically kills, stops or ends a random worker that is not disturbed yet. All events occur before one is repeated. */
export class Disturbances {
  readonly stops: Stop[] = []
  readonly counts: Record<string, number> = {}
  readonly #cluster: LedgerProcesses
  readonly #random: Random
  /** Events of this round that have not occurred. */
  readonly #events: Event[] = []
  readonly #disturbed = new Set<number>()
  readonly #pending: Promise<void>[] = []
  readonly #options: DisturbanceOptions

  constructor(cluster: LedgerProcesses, random: Random, options: DisturbanceOptions = {}) {
    this.#options = options
    this.#cluster = cluster
    this.#random = random
  }

  /** Disturbs workers for this time. Resolves when none is stopped any more, and all workers that were ended have ended. */
  async run(seconds: number): Promise<void> {
    const count = this.#cluster.living.length
    const until = performance.now() + seconds * 1000
    while (performance.now() < until) {
      await delay(this.#options.periodMs ?? PERIOD_MS)
      const workers = this.#cluster.living.filter(({ number }) => !this.#disturbed.has(number))
      const [order, stopMs] = [this.#random.fraction(), this.#random.fraction() * LONGEST_STOP_MS]
      const worker = workers[Math.floor(order * workers.length)]
      // One worker stays, so that the port is never closed.
      if (worker === undefined || workers.length === 1) continue
      const event = this.#nextEvent()
      this.counts[event] = (this.counts[event] ?? 0) + 1
      this.#disturbed.add(worker.number)
      const disturbance = this.#disturb(worker, event, stopMs)
      if (this.#options.isSequential) await disturbance.then(() => this.#cluster.waitForWorkers(count))
      else this.#pending.push(disturbance)
    }
    await Promise.all(this.#pending)
  }

  #nextEvent(): Event {
    if (this.#events.length === 0) this.#events.push(...EVENTS)
    const index = Math.floor(this.#random.fraction() * this.#events.length)
    return this.#events.splice(index, 1)[0] as Event
  }

  async #disturb(worker: Worker, event: Event, stopMs: number): Promise<void> {
    if (event.startsWith('stop')) await this.#stop(worker, stopMs)
    if (event === 'stop') {
      this.#cluster.continue(worker)
      this.#disturbed.delete(worker.number)
      return
    }
    if (event === 'kill' || event === 'stop and kill') this.#cluster.kill(worker)
    else this.#cluster.end(worker, event)
    await this.#cluster.ended(worker)
  }

  async #stop(worker: Worker, ms: number): Promise<void> {
    this.#cluster.stop(worker)
    const start = performance.now()
    await delay(ms)
    this.stops.push({ start, end: performance.now() })
  }
}
