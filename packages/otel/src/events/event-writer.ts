import { type Clock, processClock, setImmediate } from '@vr/otel-metrics/internal'
import type { StderrLogger } from '../logging/stderr-logger.ts'
import type { Appended } from './append-lines.ts'
import { LineQueue } from './line-queue.ts'

/** Most bytes that wait to be written. */
const QUEUE_BYTES = 1_048_576

/** Pause after a failure, in milliseconds. */
const PAUSE_MS = 1000

/** Where lines are written. */
export interface EventSink {
  /** Most bytes of one append. */
  readonly maxBatchBytes: number
  /** Appends lines. Never rejects. */
  append(lines: readonly string[]): Promise<Appended>
  /** Appends lines synchronously, because the process ends. Never throws. */
  appendSync(lines: readonly string[]): Appended
  /** Never rejects. */
  close(): Promise<void>
}

/** Why a line was dropped: the queue was full, or writing failed. */
export type EventDropReason = 'queue_full' | 'write_failed'

/** Options of {@link EventWriter}. */
export interface EventWriterOptions {
  readonly sink: EventSink
  /** The destination, for log messages. */
  readonly destination: string
  readonly log: Pick<StderrLogger, 'warn'>
  readonly clock?: Pick<Clock, 'after'>
  readonly queueBytes?: number
}

/**
 * Writes lines in batches, without blocking. If writing fails, the lines of the batch are dropped, and the next attempt follows
 * after a second. Each outage is logged once when it starts and once when it ends.
 */
export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #clock: Pick<Clock, 'after'>
  readonly #queue: LineQueue
  readonly #dropped = new Map<EventDropReason, number>()
  #written = 0
  /** Number of lines that the present outage has dropped. */
  #droppedInOutage = 0
  #isOutage = false
  #running: Promise<void> | undefined
  #cancelPause: (() => void) | undefined

  constructor(options: EventWriterOptions) {
    this.#options = options
    this.#clock = options.clock ?? processClock
    this.#queue = new LineQueue(options.queueBytes ?? QUEUE_BYTES)
  }

  /** Number of lines that were written. */
  get written(): number {
    return this.#written
  }

  /** Number of dropped lines, by reason. */
  get dropped(): ReadonlyMap<EventDropReason, number> {
    return this.#dropped
  }

  /**
   * Writes a line soon.
   * @param line of ASCII characters, with a line break at its end
   */
  write(line: string): void {
    if (!this.#queue.add(line)) this.#drop(1, 'queue_full', 'they arrive faster than they can be written')
    if (this.#running !== undefined || this.#cancelPause !== undefined) return
    this.#running = new Promise<void>((resolve) => void setImmediate(resolve)).then(() => this.#run())
  }

  /** Writes the queued lines, without waiting for the end of a pause. Never rejects. */
  async flush(): Promise<void> {
    this.#endPause()
    this.#running ??= Promise.resolve().then(() => this.#run())
    await this.#running
  }

  /** Writes the queued lines synchronously, because the process ends. Never throws. */
  flushSync(): void {
    const lines = this.#queue.take(Number.POSITIVE_INFINITY)
    if (lines.length > 0) this.#record(lines, this.#options.sink.appendSync(lines))
  }

  /** Writes the queued lines and closes the destination. Never rejects. */
  async close(): Promise<void> {
    await this.flush()
    this.#endPause()
    await this.#options.sink.close()
  }

  /** Writes until the queue is empty or writing fails. Called only after `#running` is set, which it clears. */
  async #run(): Promise<void> {
    const { sink } = this.#options
    let isWorking = true
    while (isWorking && this.#queue.length > 0) {
      const lines = this.#queue.take(sink.maxBatchBytes)
      isWorking = this.#record(lines, await sink.append(lines))
    }
    if (isWorking) this.#reportRecovery()
    else this.#cancelPause = this.#clock.after(PAUSE_MS, () => void this.flush(), false)
    this.#running = undefined
  }

  /** Counts the lines of a batch. Returns whether all were written. */
  #record(lines: readonly string[], { count, error }: Appended): boolean {
    this.#written += count
    if (error === undefined) return true
    const rest = lines.slice(count)
    // A full pipe: its reader is slow.
    if (error.code === 'EAGAIN') this.#queue.putBack(rest)
    else this.#drop(rest.length, 'write_failed', error.message)
    return false
  }

  #drop(count: number, reason: EventDropReason, why: string): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count)
    this.#droppedInOutage += count
    if (this.#isOutage) return
    this.#isOutage = true
    const { log, destination } = this.#options
    log.warn(
      `metric events are dropped: ${why}; writing to ${destination} is tried again each second; set VR_METRIC_EVENTS to another file, or to off`,
    )
  }

  #reportRecovery(): void {
    if (!this.#isOutage) return
    const { log, destination } = this.#options
    log.warn(`metric events are written to ${destination} again; ${this.#droppedInOutage} were dropped`)
    this.#isOutage = false
    this.#droppedInOutage = 0
  }

  #endPause(): void {
    this.#cancelPause?.()
    this.#cancelPause = undefined
  }
}
