import { logger } from '../../logger.ts'
import type { Channel, ChannelHandlers } from '../channel.ts'
import { PushValidator } from '../push-validator.ts'
import type { Copies } from './copies.ts'
import { isCopyText, parseCopyText } from './copy-text.ts'

/** Events of a {@link CopyChannel}. */
export interface CopyEvents {
  /** The copies have become complete. */
  ready(): void
  /** Another message has been delivered. */
  delivered?(): void
  /** The aggregator continues with the copies that this process has sent. */
  adopted?(): void
}

/** A channel whose copy messages are applied to copies, and all others delivered. */
export class CopyChannel implements Channel {
  readonly #channel: Channel
  readonly #copies: Copies
  readonly #on: CopyEvents
  #validators = new Map<string | undefined, PushValidator>()
  #isBroken = false

  constructor(channel: Channel, copies: Copies, on: CopyEvents) {
    this.#channel = channel
    this.#copies = copies
    this.#on = on
  }

  send(text: string, onSent?: () => void): void {
    this.#channel.send(text, onSent)
  }

  sendAtExit(texts: readonly string[]): void {
    this.#channel.sendAtExit(texts)
  }

  open(handlers: ChannelHandlers): void {
    this.#channel.open({
      onMessage: (text) => {
        if (isCopyText(text)) this.#apply(text)
        else {
          handlers.onMessage(text)
          this.#on.delivered?.()
        }
      },
      onClose: () => handlers.onClose(),
    })
  }

  close(): void {
    this.#channel.close()
  }

  /** Applies a message. After an invalid one, the copies are not used until all are sent again. */
  #apply(text: string): void {
    try {
      const message = parseCopyText(text, (push, source) => this.#validatorOf(source).validate(push))
      const [verb, key] = message
      if (verb === 'begin') {
        this.#validators = new Map()
        this.#isBroken = false
      }
      if (this.#isBroken) return
      if (verb === 'open') this.#validators.delete(key)
      if (verb === 'fold') this.#validators.delete(undefined)
      this.#copies.apply(message)
      if (verb === 'ready') this.#on.ready()
      if (verb === 'adopted') this.#on.adopted?.()
    } catch (error) {
      this.#isBroken = true
      this.#copies.isReady = false
      logger.debug('a copy of the metrics of another process was ignored', error)
    }
  }

  #validatorOf(source: string | undefined): PushValidator {
    const known = this.#validators.get(source) ?? new PushValidator()
    this.#validators.set(source, known)
    return known
  }
}
