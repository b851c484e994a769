import type { Excerpt } from '../wire/excerpt.ts'

/** Messages that wait at the same time. `ws` pauses the socket long before. */
const MAX_WAITING = 4096

/** Characters of waiting messages. */
const MAX_UNITS = 262_144

/**
 * Passes the text messages of one direction in the order in which they were received. The payload of a compressed message is
 * reported later than its frames: text messages after it wait. If too many wait, no further message is passed.
 */
export class MessageOrder {
  readonly #pass: (message: Excerpt) => void
  /** For a compressed message whose payload is expected: whether it is a text message. */
  readonly #waiting: (Excerpt | boolean)[] = []
  #units = 0
  #isStopped = false

  constructor(pass: (message: Excerpt) => void) {
    this.#pass = pass
  }

  /** Called when the last frame of a compressed message was received. */
  expectPayload(isText: boolean): void {
    this.#wait(isText, 0)
  }

  /** Called with the payload of the oldest compressed message; `undefined` if it was empty. */
  payload(message: Excerpt | undefined): void {
    const isText = this.#waiting.shift()
    if (isText === true && message !== undefined) this.#pass(message)
    while (typeof this.#waiting[0] === 'object') {
      const next = this.#waiting.shift() as Excerpt
      this.#units -= unitsOf(next)
      this.#pass(next)
    }
  }

  /** Called with a text message that was not compressed. */
  add(message: Excerpt): void {
    if (this.#waiting.length > 0) this.#wait(message, unitsOf(message))
    else if (!this.#isStopped) this.#pass(message)
  }

  #wait(message: Excerpt | boolean, units: number): void {
    if (this.#isStopped) return
    this.#units += units
    this.#isStopped = this.#waiting.length >= MAX_WAITING || this.#units > MAX_UNITS
    if (this.#isStopped) this.#waiting.length = 0
    else this.#waiting.push(message)
  }
}

function unitsOf({ head, tail }: Excerpt): number {
  return head.length + tail.length
}
