import type { Clock } from '../clock.ts'

interface Task {
  readonly at: number
  readonly run: () => void
}

/** A clock that the test advances. */
export class ManualClock implements Clock {
  #now = 0
  #tasks: Task[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const task = { at: this.#now + ms, run }
    this.#tasks.push(task)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task)
    }
  }

  /** Advances the time, runs the due tasks in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let task = this.#due(end); task !== undefined; task = this.#due(end)) {
      this.#now = Math.max(this.#now, task.at)
      this.#tasks = this.#tasks.filter((other) => other !== task)
      task.run()
      await settle()
    }
    this.#now = end
  }

  /** Advances the time as a blocked event loop does: the due tasks run at the end. */
  async block(ms: number): Promise<void> {
    this.#now += ms
    await this.advance(0)
  }

  #due(end: number): Task | undefined {
    const due = this.#tasks.filter(({ at }) => at <= end)
    return due.toSorted((a, b) => a.at - b.at)[0]
  }
}

/** Lets pending promise callbacks run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve()
}
