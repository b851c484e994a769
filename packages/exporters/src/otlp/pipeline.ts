import { AsyncLocalStorage } from 'node:async_hooks'
import { logger } from '../logger.ts'
import { type Clock, processClock } from './clock.ts'
import { DeliveryReporter } from './delivery-reporter.ts'
import { DeliveryStats, type Signal } from './delivery-stats.ts'
import { ExportQueue, type ExportQueueOptions } from './export-queue.ts'
import type { OtlpOptions } from './options.ts'
import { isReservedHeader } from './reserved-headers.ts'
import { runSuppressed } from './suppressed.ts'
import { createTransport } from './transport.ts'

/** Requests under way at a time. */
const CONCURRENCY = 8

const THINGS: Readonly<Record<Signal, string>> = { traces: 'spans', metrics: 'data points' }

/** What differs between signals. */
export type PipelineParts<Item> = Pick<
  ExportQueueOptions<Item>,
  'weigh' | 'encode' | 'capacity' | 'batchWeight' | 'delayMs' | 'settled'
>

/** The end of a signal's way: a delivery over the transport that the options name. */
export class Pipeline<Item> {
  readonly #delivery: ExportQueue<Item>
  readonly #options: OtlpOptions
  #shutdown: Promise<void> | undefined

  /** @throws Error if the URL, a header, or a certificate or key, cannot be used */
  constructor(signal: Signal, options: OtlpOptions, parts: PipelineParts<Item>) {
    const { account = new DeliveryStats(signal), clock = processClock, random = Math.random } = options
    const transport = createTransport(options, signal)
    refuseHeaders(options)
    const detached = detachedClock(clock)
    this.#options = options
    this.#delivery = new ExportQueue({
      ...parts,
      account,
      transport,
      clock: detached,
      random,
      concurrency: CONCURRENCY,
      retryBudgetMs: options.retryBudgetMillis ?? 300_000,
      watch: new DeliveryReporter({
        ...options,
        things: THINGS[signal],
        address: transport.address,
        clock: detached,
      }),
    })
  }

  /** See {@link ExportQueue.offer}; never throws. */
  offer(item: Item): void {
    this.#delivery.offer(item)
  }

  /** See {@link ExportQueue.exchange}; never throws. */
  exchange(...args: Parameters<ExportQueue<Item>['exchange']>): void {
    this.#delivery.exchange(...args)
  }

  /** See {@link ExportQueue.flush}. */
  flush(): Promise<void> {
    return this.#delivery.flush()
  }

  /** Sends what is there for as long as `shutdownMillis` allows, and ends; a second call waits for the first. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#end()
    return this.#shutdown
  }

  async #end(): Promise<void> {
    const { clock = processClock, shutdownMillis = 1000 } = this.#options
    const limit = Promise.withResolvers<void>()
    const cancel = clock.after(shutdownMillis, limit.resolve, true)
    await Promise.race([this.flush(), limit.promise])
    cancel()
    this.abandon()
  }

  /** See {@link ExportQueue.abandon}. */
  abandon(): void {
    this.#delivery.abandon()
  }
}

/** Names the headers that are not sent, before the first request. */
function refuseHeaders({ headers = {}, log = logger }: OtlpOptions): void {
  const names = Object.keys(headers).filter(isReservedHeader)
  if (names.length === 0) return
  log.warn(`headers not sent: ${names.join(', ')}; the exporter sets them, or its protocol forbids them`)
}

/**
 * Timers start where the pipeline was made, and their tasks run suppressed: everything is sent from them, so that no
 * request's context is kept, and that the exporter is none of the application's calls. A pipeline that is given a span only
 * starts a timer now and then.
 */
function detachedClock(clock: Clock): Clock {
  const detached = AsyncLocalStorage.snapshot()
  return {
    now: () => clock.now(),
    after: (ms, task, holds) => detached(() => clock.after(ms, () => runSuppressed(task), holds)),
  }
}
