import { logger } from '../logger.ts'
import type { Clock } from './clock.ts'
import type { OtlpOptions } from './options.ts'
import { Outage } from './outage.ts'
import type { FailureCategory, Outcome } from './outcome.ts'

/** What to look at if nothing else is said of it. */
const HINTS: Readonly<Record<FailureCategory, string>> = {
  connection: 'host, port, TLS',
  credentials: 'headers, client certificate',
  endpoint: 'protocol, port and path, and whether this collector takes them',
  data: 'the limits of the collector',
}

/** How long nothing must have been dropped before that is said to be over, in milliseconds. */
const CALM = 10_000

/** What is delivered, and where; who is told, and what to look at. */
export interface Watched extends Pick<OtlpOptions, 'log' | 'hints'> {
  /** As a plural: `spans`. */
  readonly things: string
  readonly address: string
  readonly clock: Clock
}

/** Tells people how deliveries go: one line when something goes wrong, one when it goes well again. */
export class DeliveryReporter {
  readonly #watched: Watched
  readonly #fault: Outage
  readonly #overflow: Outage
  readonly #advice: Outage
  #isFailing = false
  /** How much had been lost when the fault began. */
  #lostBefore = 0
  #droppedAt = Number.NEGATIVE_INFINITY

  constructor(watched: Watched) {
    const { log = logger, clock } = watched
    this.#watched = watched
    this.#fault = new Outage(log, clock)
    this.#overflow = new Outage(log, clock)
    this.#advice = new Outage(log, clock)
  }

  /** Something was dropped because too much waits; during a fault that is no news. */
  overflow(): void {
    const { things, address, clock } = this.#watched
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
  attempt(outcome: Outcome, lost: number): void {
    const { things, address } = this.#watched
    if (outcome.kind === 'retry') {
      const where = `${things} do not reach ${address} and wait, as far as there is room`
      this.#fail('warn', `${where}: ${outcome.reason} (${this.#hint('connection')})`, outcome.reason, lost)
    } else if (outcome.kind === 'refused') {
      const what = `${address} refuses ${things}, they are lost`
      this.#fail('error', `${what}: ${outcome.reason} (${this.#hint(outcome.blame)})`, outcome.reason, lost)
    } else if (outcome.rejected > 0) {
      const reason = outcome.message ?? 'no reason given'
      this.#fail('warn', `${address} rejected ${outcome.rejected} ${things}: ${reason}`, reason, lost)
    } else this.#succeed(outcome.message, lost)
  }

  #fail(level: 'warn' | 'error', message: string, reason: string, lost: number): void {
    if (!this.#isFailing) this.#lostBefore = lost
    this.#isFailing = true
    this.#fault.begin(level, oneLine(message), withoutNumbers(reason))
  }

  #succeed(advice: string | undefined, lost: number): void {
    const { things, address, clock } = this.#watched
    this.#isFailing = false
    if (advice !== undefined) this.#advice.begin('warn', oneLine(`${address} says of ${things}: ${advice}`))
    this.#fault.end(() => `${things} reach ${address} again; ${lost - this.#lostBefore} were lost`)
    if (clock.now() - this.#droppedAt > CALM) this.#overflow.end(() => `no ${things} are dropped any more`)
  }

  #hint(blame: FailureCategory): string {
    return `look at: ${this.#watched.hints?.[blame] ?? HINTS[blame]}`
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
