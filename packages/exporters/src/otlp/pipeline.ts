import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, logger, processClock, runWithTracingSuppressed } from '@vr/otel-metrics/internal'
import { DeliveryReporter } from './delivery-reporter.ts'
import { DeliveryStats, type Signal } from './delivery-stats.ts'
import { ExportQueue, type ExportQueueOptions } from './export-queue.ts'
import type { OtlpOptions } from './options.ts'
import { isReservedHeader } from './reserved-headers.ts'
import { createTransport } from './transport.ts'

/** Maximum number of concurrent requests. */
const CONCURRENCY = 8

const ITEM_NAMES: Readonly<Record<Signal, string>> = { traces: 'spans', metrics: 'data points' }

/** Options that differ between signals. */
export type PipelineOptions<Entry> = Pick<
  ExportQueueOptions<Entry>,
  'itemCount' | 'encode' | 'capacity' | 'maxBatchSize' | 'delayMs' | 'onSettled'
>

/** The export queue of a signal with its transport, reporter and shutdown. */
export class Pipeline<Entry> {
  readonly #queue: ExportQueue<Entry>
  readonly #options: OtlpOptions
  #shutdown: Promise<void> | undefined

  /** @throws Error if the URL, a header, a certificate or a key is invalid */
  constructor(signal: Signal, options: OtlpOptions, parts: PipelineOptions<Entry>) {
    const { deliveryStats = new DeliveryStats(signal), clock = processClock, random = Math.random } = options
    const transport = createTransport(options, signal)
    warnAboutReservedHeaders(options)
    const detached = detachedClock(clock)
    this.#options = options
    this.#queue = new ExportQueue({
      ...parts,
      stats: deliveryStats,
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

  /** See {@link ExportQueue.offer}. Never throws. */
  offer(entry: Entry): void {
    this.#queue.offer(entry)
  }

  /** See {@link ExportQueue.replacePending}. Never throws. */
  replacePending(...args: Parameters<ExportQueue<Entry>['replacePending']>): void {
    this.#queue.replacePending(...args)
  }

  /** See {@link ExportQueue.flush}. */
  flush(): Promise<void> {
    return this.#queue.flush()
  }

  /** Flushes for at most `shutdownMillis`, then drops the rest. A second call returns the same promise. */
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

function warnAboutReservedHeaders({ headers = {}, log = logger }: OtlpOptions): void {
  const names = Object.keys(headers).filter(isReservedHeader)
  if (names.length === 0) return
  log.warn(
    `headers not sent: ${names.join(', ')}; the exporter sets them or the protocol forbids them; remove them from the exporter's headers`,
  )
}

/**
 * Starts all timers in the async context of the pipeline's constructor, and runs their tasks with tracing suppressed.
 * Requests start from timers only. So no request's context is kept alive, and no instrumentation takes an export for a
 * call of the application. Adding a span starts a timer only now and then.
 */
function detachedClock(clock: Clock): Clock {
  const detached = AsyncLocalStorage.snapshot()
  return {
    now: () => clock.now(),
    after: (ms, task, holds) => detached(() => clock.after(ms, () => runWithTracingSuppressed(task), holds)),
  }
}
