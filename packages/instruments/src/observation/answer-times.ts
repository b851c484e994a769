/**
 * What was received for an engine call: an answer of a model whose facts were read; one whose facts were not, such as one with an
 * unknown content coding; or none, for an attempt that failed or a call that generates nothing.
 */
export type EngineAnswer = 'read' | 'unread' | 'none'

/**
 * The times at which the engine calls of one request start and end. A tool that the gateway executes without a result of its own,
 * such as web search, runs between two engine calls, or after the last.
 */
export class AnswerTimes {
  /** When the last answer ended; `undefined` while an engine call is in progress. */
  #answeredAt: number | undefined
  #lastPause: number | undefined
  readonly #answers = new Set<EngineAnswer>()
  #requestsCalls = false

  /** Whether a model has answered, and each answer was read. */
  get areAnswersRead(): boolean {
    return this.#answers.has('read') && !this.#answers.has('unread')
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

  /** Called when an engine call has ended. */
  engineCallEnded(at: number, answer: EngineAnswer): void {
    this.#answers.add(answer)
    if (answer !== 'none') this.#answeredAt = at
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
