import type { Context } from '@opentelemetry/api'
import type { Direction } from '../cardinality/direction.ts'
import type { MessageSeries } from '../instruments/websocket.ts'
import type { Excerpt } from '../wire/excerpt.ts'
import { type Extent, MessageText } from '../wire/message-text.ts'
import {
  type FrameExtensions,
  type FrameSink,
  type MaskedBytes,
  WebSocketFrameReader,
} from '../wire/websocket-frames.ts'
import { MessageOrder } from './message-order.ts'

/** Receives what the frames of a direction show. */
export interface DirectionSink {
  /** Returns how much of a text message is passed, by its beginning. */
  extentOf(direction: Direction, beginning: string): Extent
  onText(direction: Direction, message: Excerpt): void
  /** Called for the first close frame of the direction. */
  onClose(direction: Direction, code: number): void
  onPing(direction: Direction): void
  onPong(direction: Direction): void
  /** Called when messages or bytes are missing in the counts. */
  onUnread(): void
}

/**
 * Counts the messages of one direction of a WebSocket. What is read before the handshake is accepted is recorded with the
 * acceptance. Only methods that record can throw, what the provider throws.
 */
export class DirectionObservation implements FrameSink {
  readonly #direction: Direction
  readonly #sink: DirectionSink
  readonly #reader: WebSocketFrameReader
  #series: MessageSeries | undefined
  #context: Context | undefined
  /** Not recorded yet. */
  #messages = 0
  #bytes = 0
  /** Whether the library reports the payload of compressed messages. */
  #isPayloadReported = false
  /** Payload that was reported for the message that is being sent. */
  #reportedBytes = 0
  /** The text of the message whose frames are being read. */
  #text: MessageText | undefined
  /** The payload of the compressed message that is being reported. */
  #payloadText: MessageText | undefined
  #order: MessageOrder | undefined
  /** Whether text messages are passed to the sink. A field of this object is read faster than one of the session. */
  wantsText = false

  constructor(direction: Direction, sink: DirectionSink) {
    this.#direction = direction
    this.#sink = sink
    this.#reader = new WebSocketFrameReader(this, direction === 'received')
  }

  /** Called when the handshake is accepted. */
  accept(series: MessageSeries, context: Context, extensions: FrameExtensions): void {
    this.#series = series
    this.#context = context
    this.#reader.extensions = extensions
    this.#record()
  }

  /** Reads the next bytes of the direction. */
  read(chunk: Uint8Array): void {
    this.#reader.read(chunk)
    if (this.#messages > 0) this.#record()
  }

  /** As {@link WebSocketFrameReader.skip}. */
  skip(bytes: number): boolean {
    const isSkipped = this.#reader.skip(bytes)
    if (this.#messages > 0) this.#record()
    return isSkipped
  }

  /** From now on {@link DirectionObservation.payload} reports the payload of compressed messages. */
  expectPayload(): void {
    this.#isPayloadReported = true
  }

  /**
   * Called with the uncompressed payload of a compressed frame, if the sink wants text. The frame may be passed in parts.
   * @returns whether further parts of the message are read
   */
  payloadText(bytes: Uint8Array): boolean {
    this.#payloadText ??= this.#createText()
    return this.#payloadText.append({
      chunk: bytes,
      start: 0,
      end: bytes.length,
      mask: 0,
      offset: 0,
      remaining: 0,
    })
  }

  /**
   * Called for the payload of a compressed frame: when it was received and decompressed, or before it is compressed and sent.
   * @param bytes its length without compression
   * @param isFinal whether the frame is the last one of its message
   */
  payload(bytes: number, isFinal: boolean): void {
    if (this.#direction === 'sent') {
      this.#reportedBytes += bytes
      return
    }
    this.#bytes += bytes
    if (isFinal) this.#order?.payload(this.#payloadText?.take())
    this.#record()
  }

  onText(part: MaskedBytes): boolean {
    this.#text ??= this.#createText()
    return this.#text.append(part)
  }

  onMessage(bytes: number, isText: boolean, isEncoded: boolean): void {
    this.#messages++
    if (!isEncoded) this.#bytes += bytes
    else if (!this.#isPayloadReported) this.#sink.onUnread()
    if (isEncoded && this.#direction === 'received') {
      if (this.#isPayloadReported && this.wantsText) this.#expectPayload(isText)
      return
    }
    this.#bytes += this.#reportedBytes
    this.#reportedBytes = 0
    const message = (isEncoded ? this.#payloadText : this.#text)?.take()
    if (message === undefined || !isText) return
    if (this.#order === undefined) this.#sink.onText(this.#direction, message)
    else this.#order.add(message)
  }

  onClose(code: number): void {
    this.#sink.onClose(this.#direction, code)
  }

  onPing(): void {
    this.#sink.onPing(this.#direction)
  }

  onPong(): void {
    this.#sink.onPong(this.#direction)
  }

  onInvalid(): void {
    this.#sink.onUnread()
  }

  #createText(): MessageText {
    return new MessageText((beginning) => this.#sink.extentOf(this.#direction, beginning))
  }

  #expectPayload(isText: boolean): void {
    this.#order ??= new MessageOrder((message) => this.#sink.onText(this.#direction, message))
    this.#order.expectPayload(isText)
  }

  #record(): void {
    if (this.#series === undefined) return
    const messages = this.#messages
    const bytes = this.#bytes
    this.#messages = 0
    this.#bytes = 0
    if (messages > 0) this.#series.messages.add(messages, this.#context)
    if (bytes > 0) this.#series.bytes.add(bytes, this.#context)
  }
}
