import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, logger, processClock } from '@vr/otel-metrics/internal'
import { DeliveryReporter } from './delivery-reporter.ts'
import { DeliveryStats, type Signal } from './delivery-stats.ts'
import { ExportQueue, type ExportQueueOptions } from './export-queue.ts'
import type { OtlpOptions } from './options.ts'
import { isReservedHeader } from './reserved-headers.ts'
import { runWithTracingSuppressed } from './suppress-tracing.ts'
import { createTransport } from './transport.ts'

/** Requests under way at a time. */
const CONCURRENCY = 8

const ITEM_NAMES: Readonly<Record<Signal, string>> = { traces: 'spans', metrics: 'data points' }

/** What differs between signals. */
export type PipelineOptions<Item> = Pick<
  ExportQueueOptions<Item>,
  'itemCount' | 'encode' | 'capacity' | 'maxBatchSize' | 'delayMs' | 'onSettled'
>

/** The end of a signal's way: a delivery over the transport that the options name. */
export class Pipeline<Item> {
  readonly #queue: ExportQueue<Item>
  readonly #options: OtlpOptions
  #shutdown: Promise<void> | undefined

  /** @throws Error if the URL, a header, or a certificate or key, cannot be used */
  constructor(signal: Signal, options: OtlpOptions, parts: PipelineOptions<Item>) {
    const {
      deliveryStats: account = new DeliveryStats(signal),
      clock = processClock,
      random = Math.random,
    } = options
    const transport = createTransport(options, signal)
    warnAboutReservedHeaders(options)
    const detached = detachedClock(clock)
    this.#options = options
    this.#queue = new ExportQueue({
      ...parts,
      stats: account,
      transport,
      clock: detached,
      random,
      concurrency: CONCURRENCY,
      retryBudgetMs: options.retryBudgetMillis ?? 300_000,
      reporter: new DeliveryReporter({
        ...options,
        itemName: ITEM_NAMES[signal],
        address: transport.address,
        clock: detached,
      }),
    })
  }

  /** See {@link ExportQueue.offer}; never throws. */
  offer(item: Item): void {
    this.#queue.offer(item)
  }

  /** See {@link ExportQueue.replacePending}; never throws. */
  replacePending(...args: Parameters<ExportQueue<Item>['replacePending']>): void {
    this.#queue.replacePending(...args)
  }

  /** See {@link ExportQueue.flush}. */
  flush(): Promise<void> {
    return this.#queue.flush()
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
    this.shutdownNow()
  }

  /** See {@link ExportQueue.shutdownNow}. */
  shutdownNow(): void {
    this.#queue.shutdownNow()
  }
}

/** Names the headers that are not sent, before the first request. */
function warnAboutReservedHeaders({ headers = {}, log = logger }: OtlpOptions): void {
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
    after: (ms, task, holds) => detached(() => clock.after(ms, () => runWithTracingSuppressed(task), holds)),
  }
}
