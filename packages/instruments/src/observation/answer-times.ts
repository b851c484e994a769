/**
 * The times at which the engine calls of one request start and end. A tool that the gateway executes without a result of its own,
 * such as web search, runs between two engine calls, or after the last.
 */
export class AnswerTimes {
  /** When the last answer ended; `undefined` while an engine call is in progress. */
  #answeredAt: number | undefined
  #lastPause: number | undefined
  #hasAnswer = false
  #requestsCalls = false

  /** Whether an answer was read to its end. */
  get hasAnswer(): boolean {
    return this.#hasAnswer
  }

  /** Whether the answer to the last engine call requests tool calls. */
  get requestsCalls(): boolean {
    return this.#requestsCalls
  }

  /** Called when an engine call starts. Times are in milliseconds. */
  engineCallStarted(at: number): void {
    if (this.#answeredAt !== undefined) this.#lastPause = Math.max(0, at - this.#answeredAt) / 1000
    this.#answeredAt = undefined
    this.#requestsCalls = false
  }

  /** Called when an answer requests a tool call. */
  callRequested(): void {
    this.#requestsCalls = true
  }

  /** Called when the answer of an engine call has ended. */
  engineCallEnded(at: number): void {
    this.#hasAnswer = true
    this.#answeredAt = at
  }

  /**
   * Returns the duration in seconds of a tool whose call the gateway shows as executed: from the last answer until now; if
   * the last answer requested no call, or the next engine call has started, from the answer before to that engine call.
   * @returns `undefined` if no answer has ended
   */
  secondsAfterAnswer(now: number): number | undefined {
    const current = this.#answeredAt === undefined ? undefined : Math.max(0, now - this.#answeredAt) / 1000
    return this.#requestsCalls && current !== undefined ? current : (this.#lastPause ?? current)
  }
}
