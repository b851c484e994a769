import { type Clock, processClock } from '@vr/otel-metrics/internal'
import type { ReadinessCheck } from './ready-states.ts'

/** Time from the end of a check to the next one, in milliseconds. */
const CHECK_INTERVAL_MS = 30_000

/** State of an engine after the last attempt to read its metrics. */
export interface EngineState {
  readonly upstream: string
  readonly isUp: boolean
  readonly lastError?: { readonly message: string } | undefined
}

/** The engines that are checked. */
export interface CheckedEngines {
  /** Reads the metrics of all engines. */
  collect(): Promise<unknown>
  /** Returns the state of each engine after the last attempt. */
  state(): readonly EngineState[]
}

/** Checks every 30 s whether an engine answers. The process is not ready if none answered the last check. */
export class EngineReadiness {
  readonly #engines: CheckedEngines
  readonly #clock: Pick<Clock, 'after'>
  #last: readonly EngineState[] = []
  #cancel: (() => void) | undefined
  #isStopped = false

  constructor(engines: CheckedEngines, clock: Pick<Clock, 'after'> = processClock) {
    this.#engines = engines
    this.#clock = clock
  }

  /** Checks at once, and then every 30 s. Does not keep the process alive. Never throws or rejects. */
  async start(): Promise<void> {
    try {
      await this.#engines.collect()
    } catch {
      // Its state says that no engine answered.
    }
    if (this.#isStopped) return
    this.#last = this.#engines.state()
    this.#cancel = this.#clock.after(CHECK_INTERVAL_MS, () => void this.start(), false)
  }

  /** Checks no more. */
  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
  }

  /** Returns the result of the last check; `undefined` before the first one has ended. */
  check(): ReadinessCheck | undefined {
    if (this.#last.length === 0) return undefined
    const down = this.#last.filter(({ isUp }) => !isUp)
    if (down.length < this.#last.length) return { name: 'engine', isReady: true }
    const reasons = down.map(({ upstream, lastError }) => `${upstream}: ${lastError?.message ?? 'no answer'}`)
    return { name: 'engine', isReady: false, reason: reasons.join('; ') }
  }
}
