import type { LoopSources, SampleTimer } from '../process/loop-sampler.ts'

interface Timer {
  readonly callback: () => void
  readonly ms: number
  /** `undefined` if the timer has fired or is cleared. */
  due: number | undefined
}

/** An event loop whose time the test advances. */
export class TestLoop implements LoopSources {
  /** Time in milliseconds. */
  time = 5000
  /** How often a timer has fired. */
  wakeUps = 0
  #active = 0
  readonly #timers: Timer[] = []

  readonly now = (): number => this.time

  readonly utilization: LoopSources['utilization'] = (current = this.#total(), before) => {
    const active = current.active - (before?.active ?? 0)
    const idle = current.idle - (before?.idle ?? 0)
    return { active, idle, utilization: active / (active + idle) }
  }

  readonly setTimeout = (callback: () => void, ms: number): SampleTimer => {
    const timer: Timer = { callback, ms, due: this.time + ms }
    this.#timers.push(timer)
    const handle = {
      unref: () => handle,
      refresh: () => {
        timer.due = this.time + ms
        return handle
      },
    } as NodeJS.Timeout
    this.#timerOf.set(handle, timer)
    return handle
  }

  readonly clearTimeout = (handle: SampleTimer): void => {
    const timer = this.#timerOf.get(handle)
    if (timer !== undefined) timer.due = undefined
  }

  readonly #timerOf = new Map<SampleTimer, Timer>()

  /** Lets the loop wait; timers fire when they are due. */
  wait(ms: number): void {
    const end = this.time + ms
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.time = Math.max(this.time, next.due as number)
      this.#fire(next)
    }
    this.time = end
  }

  /** Blocks the loop; then the timers that became due fire. */
  block(ms: number): void {
    this.time += ms
    this.#active += ms
    this.wait(0)
  }

  #next(end: number): Timer | undefined {
    const due = this.#timers.filter((timer) => timer.due !== undefined && timer.due <= end)
    return due.sort((one, other) => (one.due as number) - (other.due as number))[0]
  }

  #fire(timer: Timer): void {
    timer.due = undefined
    this.wakeUps++
    timer.callback()
  }

  #total() {
    return { active: this.#active, idle: this.time - this.#active, utilization: this.#active / this.time }
  }
}
