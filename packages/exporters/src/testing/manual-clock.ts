import type { Clock } from '@vr/otel-metrics/internal'

/** A clock that the test advances. */
export class ManualClock implements Clock {
  #now = 0
  readonly #tasks: { readonly at: number; readonly run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const task = { at: this.#now + ms, run }
    this.#tasks.push(task)
    return () => {
      const index = this.#tasks.indexOf(task)
      if (index >= 0) this.#tasks.splice(index, 1)
    }
  }

  /** Time of the next task; undefined if there is none. */
  get next(): number | undefined {
    return this.#tasks.length === 0 ? undefined : Math.min(...this.#tasks.map(({ at }) => at))
  }

  /** Advances the time, runs the due tasks in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.next; next !== undefined && next <= end; next = this.next) {
      this.#now = Math.max(this.#now, next)
      const index = this.#tasks.findIndex(({ at }) => at === next)
      const [task] = this.#tasks.splice(index, 1)
      task?.run()
      await settle()
    }
    this.#now = end
  }
}

/** Lets pending promise callbacks run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}
