import { type DeliveryCounts, DeliveryStats } from '../otlp/delivery-stats.ts'
import { ExportQueue, type ExportQueueOptions } from '../otlp/export-queue.ts'
import type { SendOutcome } from '../otlp/send-outcome.ts'
import { ManualClock, settle } from './manual-clock.ts'

export const ACCEPTED: SendOutcome = { kind: 'accepted', rejected: 0 }

/** An export queue of numbers, each of which is its own item count. The test decides when its collector responds. */
export function createQueue(options: Partial<ExportQueueOptions<number>> = {}) {
  const clock = new ManualClock()
  const stats = new DeliveryStats('traces')
  const requests: {
    readonly entries: number[]
    readonly respond: (outcome: SendOutcome) => void
    readonly at: number
  }[] = []
  const settled: string[] = []
  /** Outcomes of attempts, and undefined for an overflow. */
  const reported: (SendOutcome | undefined)[] = []
  let isClosed = false
  const queue = new ExportQueue<number>({
    stats,
    clock,
    random: () => 0.5,
    itemCount: (entry) => entry,
    encode: (entries) => Uint8Array.from(entries),
    capacity: 20,
    maxBatchSize: 5,
    delayMs: 1000,
    concurrency: 2,
    retryBudgetMs: 300_000,
    onSettled: (entry, error) =>
      settled.push(error === undefined ? `${entry}` : `${entry}: ${error.message}`),
    reporter: {
      reportAttempt: (outcome) => reported.push(outcome),
      reportOverflow: () => reported.push(undefined),
    },
    transport: {
      address: 'http://collector',
      send: (body) =>
        new Promise((respond) => requests.push({ entries: [...body], respond, at: clock.now() })),
      close: () => {
        isClosed = true
      },
    },
    ...options,
  })
  const respond = async (index: number, outcome: SendOutcome): Promise<void> => {
    requests[index]?.respond(outcome)
    await settle()
    await clock.advance(0)
  }
  return { clock, stats, requests, settled, reported, queue, respond, isClosed: () => isClosed }
}

/** Both sides of the equation created = exported + queued + dropped. */
export function accounting({ created, exported, queued, dropped }: DeliveryCounts): {
  created: number
  accounted: number
} {
  return { created, accounted: exported + queued + [...dropped.values()].reduce((a, b) => a + b, 0) }
}
