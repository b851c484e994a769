import { type Clock, processClock } from '@vr/otel-metrics/internal'
import type { ReadinessCheck } from './ready-states.ts'

/** Time from the end of a check to the next one, in milliseconds. */
const CHECK_INTERVAL_MS = 30_000

/** Time to the next check while no engine has answered, or a member has no answer of its aggregator. In milliseconds. */
const RETRY_MS = 5000

/** Time to the first check, in milliseconds: a fetch would time out while the application loads its modules. */
const FIRST_CHECK_MS = 1000

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

/** Checks whether an engine answers. The process is not ready if none answered the last check. */
export class EngineReadiness {
  readonly #engines: CheckedEngines
  readonly #clock: Pick<Clock, 'after'>
  readonly #onChange: () => void
  #last: readonly EngineState[] = []
  #cancel: (() => void) | undefined
  #isStopped = false

  /**
   * @param engines the engines that are checked
   * @param onChange called after each check whose result differs from the one before; must not throw
   * @param clock default: the time of the process
   */
  constructor(engines: CheckedEngines, onChange: () => void, clock: Pick<Clock, 'after'> = processClock) {
    this.#engines = engines
    this.#onChange = onChange
    this.#clock = clock
  }

  /** Checks after 1 s, then every 30 s, and every 5 s while no engine answers. Does not keep the process alive. */
  start(): void {
    this.#checkAfter(FIRST_CHECK_MS)
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

  #checkAfter(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => void this.#run(), false)
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    try {
      await this.#engines.collect()
    } catch {
      // The state of the engines contains the failure.
    }
    if (this.#isStopped) return
    const before = this.check()
    this.#last = this.#engines.state()
    const { isReady = false, reason } = this.check() ?? {}
    this.#checkAfter(isReady ? CHECK_INTERVAL_MS : RETRY_MS)
    if (isReady !== (before?.isReady ?? false) || reason !== before?.reason) this.#onChange()
  }
}
