import { type Clock, logger } from '@vr/otel-metrics/internal'
import { Outage } from '../outage.ts'
import type { OtlpOptions } from './options.ts'
import type { FailureCategory, SendOutcome } from './send-outcome.ts'

/** Remedies if the options have no hints. */
const DEFAULT_HINTS: Readonly<Record<FailureCategory, string>> = {
  connection: 'host, port and TLS',
  credentials: 'headers and client certificate',
  endpoint: 'protocol, port and path, and whether this collector accepts the signal',
  data: 'the limits of the collector',
  capacity: 'maxQueueSize and the capacity of the collector',
}

/** Time without a drop after which an overflow has ended, in milliseconds. */
const OVERFLOW_QUIET_MS = 10_000

/** Options of {@link DeliveryReporter}. */
export interface DeliveryReporterOptions extends Pick<OtlpOptions, 'log' | 'hints'> {
  /** Plural name of the exported items: `spans`, `data points`. */
  readonly itemName: string
  readonly address: string
  readonly clock: Clock
}

/** Logs failures of an exporter: each outage once when it starts and once when it ends. */
export class DeliveryReporter {
  readonly #options: DeliveryReporterOptions
  readonly #failure: Outage
  readonly #overflow: Outage
  readonly #warning: Outage
  #isFailing = false
  /** Number of dropped items when the current failure started. */
  #droppedBefore = 0
  #droppedAt = Number.NEGATIVE_INFINITY

  constructor(options: DeliveryReporterOptions) {
    const { log = logger, clock } = options
    this.#options = options
    this.#failure = new Outage(log, clock)
    this.#overflow = new Outage(log, clock)
    this.#warning = new Outage(log, clock)
  }

  /** Called when items are dropped because the queue is full. Not logged during a failure, which is its cause. */
  reportOverflow(): void {
    const { itemName, address, clock } = this.#options
    this.#droppedAt = clock.now()
    if (this.#isFailing) return
    this.#overflow.begin(
      'warn',
      `${itemName} are dropped: the queue is full, ${address} accepts them too slowly; ${this.#hint('capacity')}`,
    )
  }

  /**
   * Called when a request has ended.
   * @param dropped number of items that have been dropped so far
   */
  reportAttempt(outcome: SendOutcome, dropped: number): void {
    const { itemName, address } = this.#options
    if (outcome.kind === 'retry') {
      const message = `cannot send ${itemName} to ${address}: ${outcome.reason}; they are queued and sent again until the queue is full`
      this.#fail('warn', `${message}; ${this.#hint('connection')}`, outcome.reason, dropped)
    } else if (outcome.kind === 'refused') {
      const message = `${address} refused ${itemName}: ${outcome.reason}; they are dropped`
      this.#fail('error', `${message}; ${this.#hint(outcome.category)}`, outcome.reason, dropped)
    } else if (outcome.rejected > 0) {
      const reason = outcome.message ?? 'no reason given'
      const message = `${address} rejected ${outcome.rejected} ${itemName}: ${reason}; they are dropped`
      this.#fail('warn', `${message}; ${this.#hint('data')}`, reason, dropped)
    } else this.#succeed(outcome.message, dropped)
  }

  #fail(level: 'warn' | 'error', message: string, reason: string, dropped: number): void {
    if (!this.#isFailing) this.#droppedBefore = dropped
    this.#isFailing = true
    this.#failure.begin(level, oneLine(message), withoutNumbers(reason))
  }

  #succeed(warning: string | undefined, dropped: number): void {
    const { itemName, address, clock } = this.#options
    this.#isFailing = false
    if (warning !== undefined) {
      this.#warning.begin('warn', oneLine(`${address} accepted ${itemName} with a warning: ${warning}`))
    }
    this.#failure.end(
      () =>
        `sending ${itemName} to ${address} works again; ${dropped - this.#droppedBefore} of them were dropped`,
    )
    if (clock.now() - this.#droppedAt > OVERFLOW_QUIET_MS) {
      this.#overflow.end(() => `${itemName} are no longer dropped: the queue has room again`)
    }
  }

  #hint(category: FailureCategory): string {
    return `check ${this.#options.hints?.[category] ?? DEFAULT_HINTS[category]}`
  }
}

/** Reasons come from other software: those of OpenSSL end with a line break, and a collector can send any text. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ')
}

/** Returns a key for a reason: reasons that differ only in ports, times or ids have the same key. */
function withoutNumbers(reason: string): string {
  return reason.replace(/\d+/g, '')
}
