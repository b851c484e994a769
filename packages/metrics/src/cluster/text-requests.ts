import type { Clock } from '../clock.ts'
import { logger } from '../logger.ts'
import type { TextRequest, TextResponse } from './control-messages.ts'
import { MAX_MESSAGE_BYTES } from './messages.ts'

/** Longest text that an answer can have, in characters. */
const MAX_LENGTH = 64 * 1024 * 1024

/** Number of requests of the other side that are answered at one time; others get no answer. */
const MAX_ANSWERS = 8

/** Characters of a part of an answer; fewer if many of them have to be escaped. */
const PART_LENGTH = MAX_MESSAGE_BYTES / 2

/** Returns the text that the other side of a connection requests, within the time that its scrape has left. */
export type AnswerRequest = (timeoutMs: number) => Promise<string>

/** Options of {@link TextRequests}. */
export interface TextRequestsOptions {
  readonly clock: Clock
  /** Sends a message, and calls `onSent` when the channel has taken it. */
  readonly send: (message: TextRequest | TextResponse, onSent?: () => void) => void
  /** Answers requests of the other side; `undefined`: with an empty text. */
  readonly answer: AnswerRequest | undefined
}

interface Waiting {
  readonly parts: string[]
  length: number
  readonly settle: (text: string | undefined) => void
}

/**
 * Requests of one connection for texts of any length: metrics that are read at each scrape and are not pushed. Both sides can
 * request. An answer is sent in parts, each after the channel has taken the one before.
 */
export class TextRequests {
  readonly #options: TextRequestsOptions
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #answers = 0
  #isClosed = false

  constructor(options: TextRequestsOptions) {
    this.#options = options
  }

  /** Resolves with the text of the other side; `undefined` after `timeoutMs`, or when the connection ends. Never rejects. */
  async request(timeoutMs: number): Promise<string | undefined> {
    if (this.#isClosed) return undefined
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const id = this.#nextId++
    const settle = (text: string | undefined): void => {
      this.#waiting.delete(id)
      cancel()
      resolve(text)
    }
    const cancel = this.#options.clock.after(timeoutMs, () => settle(undefined), false)
    this.#waiting.set(id, { parts: [], length: 0, settle })
    this.#options.send({ type: 'request', id, timeoutMs: Math.ceil(timeoutMs) })
    return await promise
  }

  /** Handles a message of the other side. */
  receive(message: TextRequest | TextResponse): void {
    if (message.type === 'request') void this.#answer(message)
    else this.#add(message)
  }

  /** Ends all requests: the connection has ended. */
  close(): void {
    this.#isClosed = true
    for (const { settle } of [...this.#waiting.values()]) settle(undefined)
  }

  #add({ id, text, isLast }: TextResponse): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    waiting.parts.push(text)
    waiting.length += text.length
    if (waiting.length > MAX_LENGTH) waiting.settle(undefined)
    else if (isLast) waiting.settle(waiting.parts.join(''))
  }

  async #answer({ id, timeoutMs }: TextRequest): Promise<void> {
    if (this.#answers >= MAX_ANSWERS) return
    this.#answers += 1
    try {
      await this.#send(id, (await this.#options.answer?.(timeoutMs)) ?? '')
    } catch (error) {
      logger.debug('cluster: a request for metrics could not be answered:', error)
    } finally {
      this.#answers -= 1
    }
  }

  async #send(id: number, text: string): Promise<void> {
    let at = 0
    do {
      const part = partOf(text, at)
      at += part.length
      const isLast = at >= text.length
      await new Promise<void>((resolve) => {
        this.#options.send({ type: 'response', id, text: part, isLast }, resolve)
      })
    } while (at < text.length && !this.#isClosed)
  }
}

/** Returns a part of the text that fits into a message. */
function partOf(text: string, start: number): string {
  let length = PART_LENGTH
  let part = text.slice(start, start + length)
  while (Buffer.byteLength(JSON.stringify(part)) > MAX_MESSAGE_BYTES - 100) {
    length = Math.ceil(length / 2)
    part = text.slice(start, start + length)
  }
  return part
}
