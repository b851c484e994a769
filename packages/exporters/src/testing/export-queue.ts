import { type DeliveryCounts, DeliveryStats } from '../otlp/delivery-stats.ts'
import { ExportQueue, type ExportQueueOptions } from '../otlp/export-queue.ts'
import type { SendOutcome } from '../otlp/send-outcome.ts'
import { ManualClock, settle } from './manual-clock.ts'

export const ACCEPTED: SendOutcome = { kind: 'accepted', rejected: 0 }

/** A delivery of numbers, each of which is its own weight, over a collector that answers when told to. */
export function setUp(options: Partial<ExportQueueOptions<number>> = {}) {
  const clock = new ManualClock()
  const account = new DeliveryStats('traces')
  const attempts: {
    readonly items: number[]
    readonly answer: (outcome: SendOutcome) => void
    readonly at: number
  }[] = []
  const ended: string[] = []
  const watched: (SendOutcome | undefined)[] = []
  let isClosed = false
  const delivery = new ExportQueue<number>({
    stats: account,
    clock,
    random: () => 0.5,
    itemCount: (item) => item,
    encode: (items) => Uint8Array.from(items),
    capacity: 20,
    maxBatchSize: 5,
    delayMs: 1000,
    concurrency: 2,
    retryBudgetMs: 300_000,
    onSettled: (item, error) => ended.push(error === undefined ? `${item}` : `${item}: ${error.message}`),
    reporter: {
      reportAttempt: (outcome) => watched.push(outcome),
      reportOverflow: () => watched.push(undefined),
    },
    transport: {
      address: 'there',
      send: (body) => new Promise((answer) => attempts.push({ items: [...body], answer, at: clock.now() })),
      close: () => {
        isClosed = true
      },
    },
    ...options,
  })
  const answer = async (index: number, outcome: SendOutcome): Promise<void> => {
    attempts[index]?.answer(outcome)
    await settle()
    await clock.advance(0)
  }
  return { clock, account, attempts, ended, watched, delivery, answer, isClosed: () => isClosed }
}

/** What was made, and what the books say became of it. */
export function sum({ created, exported, queued, dropped }: DeliveryCounts): {
  created: number
  accounted: number
} {
  return { created, accounted: exported + queued + [...dropped.values()].reduce((a, b) => a + b, 0) }
}
