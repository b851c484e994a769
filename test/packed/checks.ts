/** Runs checks one after another, continues after a failure, and prints a summary line for `.ci/run`. */
export class Checks {
  #passed = 0
  #failed = 0
  #skipped = 0

  /** Whether no check has failed so far. */
  get areGood(): boolean {
    return this.#failed === 0
  }

  /**
   * Runs one check, which fails if `run` throws.
   * @returns the result of `run`; `undefined` if it failed, so that only the checks that need the result are omitted
   */
  async check<Result>(name: string, run: () => Result | Promise<Result>): Promise<Result | undefined> {
    const started = performance.now()
    try {
      const result = await run()
      this.#passed++
      console.log(`ok      ${name} (${seconds(started)})`)
      return result
    } catch (error) {
      this.#failed++
      console.log(`FAILED  ${name} (${seconds(started)})\n${indented(explain(error))}`)
      return undefined
    }
  }

  skip(name: string, reason: string): void {
    this.#skipped++
    console.log(`skipped ${name}: ${reason}`)
  }

  /** The line `N passed, N failed`, with `, N skipped` if checks were skipped. */
  summary(): string {
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : ''
    return `${this.#passed} passed, ${this.#failed} failed${skipped}`
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '        ')
}
