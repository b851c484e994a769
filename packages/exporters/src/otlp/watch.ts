import { diag } from '@opentelemetry/api'
import type { Clock } from './clock.ts'
import { Episode } from './episode.ts'
import type { OtlpOptions } from './options.ts'
import type { Blame, Outcome } from './outcome.ts'

/** What to look at if nothing else is said of it. */
const HINTS: Readonly<Record<Blame, string>> = {
  connection: 'host, port, TLS',
  credentials: 'headers, client certificate',
  endpoint: 'protocol, port and path, and whether this collector takes them',
  data: 'the limits of the collector',
}

/**
 * Tells people how deliveries go: one line when something goes wrong, one when it goes well again.
 * @param things what is delivered, as a plural: `spans`
 * @param address where
 */
export function createWatch(
  things: string,
  address: string,
  { log = diag, hints = {} }: Pick<OtlpOptions, 'log' | 'hints'>,
  clock: Clock,
): (outcome: Outcome | undefined, lost: number) => void {
  const fault = new Episode(log, clock)
  const overflow = new Episode(log, clock)
  const advice = new Episode(log, clock)
  const hint = (blame: Blame): string => `look at: ${hints[blame] ?? HINTS[blame]}`
  let lostBefore = 0
  let isFailing = false
  let droppedAt = Number.NEGATIVE_INFINITY
  const began = (lost: number): void => {
    if (!isFailing) lostBefore = lost
    isFailing = true
  }
  return (outcome, lost) => {
    if (outcome === undefined) {
      droppedAt = clock.now()
      if (!isFailing)
        overflow.begin('warn', `${things} are dropped: they come faster than ${address} takes them`)
    } else if (outcome.kind === 'retry') {
      began(lost)
      fault.begin(
        'warn',
        `${things} do not reach ${address} and wait, as far as there is room: ${outcome.reason} (${hint('connection')})`,
      )
    } else if (outcome.kind === 'refused') {
      began(lost)
      fault.begin(
        'error',
        `${address} refuses ${things}, they are lost: ${outcome.reason} (${hint(outcome.blame)})`,
      )
    } else if (outcome.rejected > 0) {
      began(lost)
      fault.begin(
        'warn',
        `${address} rejected ${outcome.rejected} ${things}: ${outcome.message ?? 'no reason given'}`,
      )
    } else {
      if (outcome.message !== undefined)
        advice.begin('warn', `${address} says of ${things}: ${outcome.message}`)
      isFailing = false
      fault.end(() => `${things} reach ${address} again; ${lost - lostBefore} were lost`)
      if (clock.now() - droppedAt > 10_000) overflow.end(() => `no ${things} are dropped any more`)
    }
  }
}
