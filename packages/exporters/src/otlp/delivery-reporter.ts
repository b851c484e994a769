import type { Clock } from '@vr/otel-metrics/internal'
import { logger } from '@vr/otel-metrics/internal'
import type { OtlpOptions } from './options.ts'
import { Outage } from './outage.ts'
import type { FailureCategory, SendOutcome } from './send-outcome.ts'

/** What to look at if nothing else is said of it. */
const HINTS: Readonly<Record<FailureCategory, string>> = {
  connection: 'host, port, TLS',
  credentials: 'headers, client certificate',
  endpoint: 'protocol, port and path, and whether this collector takes them',
  data: 'the limits of the collector',
}

/** How long nothing must have been dropped before that is said to be over, in milliseconds. */
const OVERFLOW_QUIET_MS = 10_000

/** What is delivered, and where; who is told, and what to look at. */
export interface DeliveryReporterOptions extends Pick<OtlpOptions, 'log' | 'hints'> {
  /** As a plural: `spans`. */
  readonly itemName: string
  readonly address: string
  readonly clock: Clock
}

/** Tells people how deliveries go: one line when something goes wrong, one when it goes well again. */
export class DeliveryReporter {
  readonly #options: DeliveryReporterOptions
  readonly #failure: Outage
  readonly #overflow: Outage
  readonly #advice: Outage
  #isFailing = false
  /** How much had been lost when the fault began. */
  #droppedBefore = 0
  #droppedAt = Number.NEGATIVE_INFINITY

  constructor(watched: DeliveryReporterOptions) {
    const { log = logger, clock } = watched
    this.#options = watched
    this.#failure = new Outage(log, clock)
    this.#overflow = new Outage(log, clock)
    this.#advice = new Outage(log, clock)
  }

  /** Something was dropped because too much waits; during a fault that is no news. */
  reportOverflow(): void {
    const { itemName: things, address, clock } = this.#options
    this.#droppedAt = clock.now()
    if (this.#isFailing) return
    this.#overflow.begin(
      'warn',
      `${things} are dropped: no room is left, ${address} does not take them fast enough`,
    )
  }

  /**
   * An attempt has ended.
   * @param lost how much has been lost so far
   */
  reportAttempt(outcome: SendOutcome, lost: number): void {
    const { itemName: things, address } = this.#options
    if (outcome.kind === 'retry') {
      const where = `${things} do not reach ${address} and wait, as far as there is room`
      this.#fail('warn', `${where}: ${outcome.reason} (${this.#hint('connection')})`, outcome.reason, lost)
    } else if (outcome.kind === 'refused') {
      const what = `${address} refuses ${things}, they are lost`
      this.#fail(
        'error',
        `${what}: ${outcome.reason} (${this.#hint(outcome.category)})`,
        outcome.reason,
        lost,
      )
    } else if (outcome.rejected > 0) {
      const reason = outcome.message ?? 'no reason given'
      this.#fail('warn', `${address} rejected ${outcome.rejected} ${things}: ${reason}`, reason, lost)
    } else this.#succeed(outcome.message, lost)
  }

  #fail(level: 'warn' | 'error', message: string, reason: string, lost: number): void {
    if (!this.#isFailing) this.#droppedBefore = lost
    this.#isFailing = true
    this.#failure.begin(level, oneLine(message), withoutNumbers(reason))
  }

  #succeed(advice: string | undefined, lost: number): void {
    const { itemName: things, address, clock } = this.#options
    this.#isFailing = false
    if (advice !== undefined) this.#advice.begin('warn', oneLine(`${address} says of ${things}: ${advice}`))
    this.#failure.end(() => `${things} reach ${address} again; ${lost - this.#droppedBefore} were lost`)
    if (clock.now() - this.#droppedAt > OVERFLOW_QUIET_MS)
      this.#overflow.end(() => `no ${things} are dropped any more`)
  }

  #hint(blame: FailureCategory): string {
    return `look at: ${this.#options.hints?.[blame] ?? HINTS[blame]}`
  }
}

/** Reasons come from elsewhere: those of OpenSSL end with a line break, those of a collector may have anything. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ')
}

/** Ports, times and ids in a reason make no other reason of it. */
function withoutNumbers(reason: string): string {
  return reason.replace(/\d+/g, '')
}
