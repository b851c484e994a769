/**
 * Measures the time that the gateway itself adds to a stream: from the arrival of the request to its first engine call, plus
 * from the first chunk of the answer to the next body bytes that are sent to the client. All times are milliseconds of the
 * monotonic clock.
 */
export class OverheadTimer {
  /** Time from the arrival to the call. */
  readonly #beforeCall: number
  #chunkAt: number | undefined
  #isMeasured = false

  /**
   * @param arrivedAt arrival of the request
   * @param sentAt when its first engine call was sent
   */
  constructor(arrivedAt: number, sentAt: number) {
    this.#beforeCall = sentAt - arrivedAt
  }

  /** Whether the next body bytes that are sent end the measurement. */
  get isAwaitingBody(): boolean {
    return this.#chunkAt !== undefined && !this.#isMeasured
  }

  /** Called when a chunk of an engine's answer was received; the first one counts. */
  chunkReceived(now: number): void {
    this.#chunkAt ??= now
  }

  /**
   * Called when body bytes were sent while {@link OverheadTimer.isAwaitingBody}.
   * @returns the overhead in seconds
   */
  bodySent(now: number): number {
    this.#isMeasured = true
    return (this.#beforeCall + now - (this.#chunkAt ?? now)) / 1000
  }
}
