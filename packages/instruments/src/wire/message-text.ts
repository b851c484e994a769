import type { Excerpt } from './excerpt.ts'
import { ExcerptBuffer, excerptOf } from './excerpt-buffer.ts'
import { copyOfUnits } from './values.ts'
import type { MaskedBytes } from './websocket-frames.ts'

/** Bytes that are decoded at a time. */
const BLOCK = 65_536

/**
 * Collects the excerpt of a WebSocket message from the parts of its payload. Text is decoded as one character a byte, which
 * keeps ASCII. Memory is bounded by {@link ExcerptBuffer} and freed with {@link MessageText.take}.
 */
export class MessageText {
  /** The only part so far: most messages have one. */
  #first: string | undefined
  #buffer: ExcerptBuffer | undefined

  /** Adds a part of the payload, and removes its mask. */
  append({ chunk, start, end, mask, offset }: MaskedBytes): void {
    for (let from = start; from < end; from += BLOCK) {
      const units = new Uint16Array(Math.min(BLOCK, end - from))
      for (let i = 0; i < units.length; i++) {
        const key = (mask >>> (24 - 8 * ((offset + from - start + i) & 3))) & 0xff
        units[i] = (chunk[from + i] as number) ^ key
      }
      this.appendText(copyOfUnits(units))
    }
  }

  /** Adds a part of the text. */
  appendText(text: string): void {
    if (this.#first === undefined && this.#buffer === undefined) {
      this.#first = text
      return
    }
    this.#buffer ??= new ExcerptBuffer()
    if (this.#first !== undefined) this.#buffer.append(this.#first, 0, this.#first.length)
    this.#first = undefined
    this.#buffer.append(text, 0, text.length)
  }

  /** Returns the excerpt of the parts, and frees the memory; `undefined` if there was no part. */
  take(): Excerpt | undefined {
    const first = this.#first
    const buffer = this.#buffer
    this.#first = undefined
    this.#buffer = undefined
    return first === undefined ? buffer?.take() : excerptOf(first, 0, first.length)
  }
}
