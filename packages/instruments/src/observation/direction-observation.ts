import type { Context } from '@opentelemetry/api'
import type { Direction } from '../cardinality/direction.ts'
import type { DeferredRecords, DeferredSource } from '../instruments/deferred-records.ts'
import type { MessageSeries } from '../instruments/websocket.ts'
import type { Excerpt } from '../wire/excerpt.ts'
import type { FrameExtensions, FrameSink, MaskedBytes } from '../wire/frame-sink.ts'
import { type Extent, MessageText } from '../wire/message-text.ts'
import { WebSocketFrameReader } from '../wire/websocket-frames.ts'
import { EarlyBytes } from './early-bytes.ts'
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

/** What begins with the acceptance of the handshake. */
export interface AcceptedDirection {
  readonly series: MessageSeries
  /** For exemplars. */
  readonly context: Context
  readonly extensions: FrameExtensions
  /** Whether text messages are passed to the sink, until {@link DirectionObservation.stopText}. */
  readonly wantsText: boolean
  readonly deferred: DeferredRecords
}

/** First byte of a message of one frame that no extension has changed (RFC 6455 section 5.2). */
const FINAL_TEXT = 0x81
const FINAL_BINARY = 0x82

/**
 * Counts the messages of one direction of a WebSocket. What arrives before the handshake is accepted is read with the
 * acceptance. Only methods that record can throw, what the provider throws.
 *
 * The fields that each message needs come first: with 1,000 connections, they are not in the processor's cache.
 */
export class DirectionObservation implements FrameSink, DeferredSource {
  /** Whether the next byte begins a message of which only the header is read, and which is recorded later. */
  #isHeaderEnough = false
  /** Not recorded yet. */
  #messages = 0
  #bytes = 0
  #bytesRead = 0
  readonly #reader: WebSocketFrameReader
  /** `undefined` until the handshake is accepted. */
  #deferred: DeferredRecords | undefined
  /** Number of the next bytes that were read already. */
  #repeated = 0
  /** The text of the message whose frames are being read. */
  #text: MessageText | undefined
  /** Whether text messages are passed to the sink. A field of this object is read faster than one of the session. */
  wantsText = false
  #series: MessageSeries | undefined
  #context: Context | undefined
  readonly #direction: Direction
  readonly #sink: DirectionSink
  /** What arrived before the acceptance; `undefined` once it is read. */
  #early: EarlyBytes | undefined
  /** Whether the library reports the payload of compressed messages. */
  #isPayloadReported = false
  /** Payload that was reported for the message that is being sent. */
  #reportedBytes = 0
  /** The payload of the compressed message that is being reported. */
  #payloadText: MessageText | undefined
  #order: MessageOrder | undefined

  constructor(direction: Direction, sink: DirectionSink) {
    this.#direction = direction
    this.#sink = sink
    this.#reader = new WebSocketFrameReader(this, direction === 'received')
  }

  /** Called when the handshake is accepted. */
  accept({ series, context, extensions, wantsText, deferred }: AcceptedDirection): void {
    this.#series = series
    this.#context = context
    this.#reader.extensions = extensions
    this.wantsText = wantsText
    this.#deferred = deferred
    deferred.add(this)
    this.#early?.read()
    this.#early = undefined
    this.record()
  }

  /** From now on no text is passed to the sink. */
  stopText(): void {
    this.wantsText = false
    this.#text = undefined
    this.#payloadText = undefined
  }

  /** Called when the connection has ended. Records what is not recorded yet. */
  end(): void {
    this.#deferred?.delete(this)
    this.record()
  }

  /** All bytes that were read since the acceptance. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** The next bytes were read already, and are passed again. */
  expectRepeated(bytes: number): void {
    this.#repeated = bytes
    this.readNext()
  }

  /** {@link DirectionObservation.readFrame} does not read the next frame. */
  readNext(): void {
    this.#isHeaderEnough = false
  }

  /**
   * Counts a message that is passed as one whole frame below 64 kB, by its header. Most messages are; this takes less time than
   * {@link DirectionObservation.read}, since only the first fields of this object are used.
   * @param frame begins with the header
   * @param size length of the frame
   * @param isMasked whether the direction has masked frames
   * @returns `false` if the frame has to be passed to `read`
   */
  readFrame(frame: Uint8Array, size: number, isMasked: boolean): boolean {
    const first = frame[0]
    if (!this.#isHeaderEnough || (first !== FINAL_TEXT && first !== FINAL_BINARY) || frame.length < 2)
      return false
    let header = isMasked ? 6 : 2
    let length = (frame[1] as number) - (isMasked ? 0x80 : 0)
    if (length === 126) {
      if (frame.length < 4) return false
      header += 2
      length = ((frame[2] as number) << 8) | (frame[3] as number)
    } else if (length < 0 || length > 126) return false
    if (header + length !== size) return false
    this.#messages++
    this.#bytes += length
    this.#bytesRead += size
    return true
  }

  /** Reads the next bytes of the direction. */
  read(chunk: Uint8Array): void {
    if (this.#deferred === undefined) {
      this.#early ??= new EarlyBytes(this.#reader)
      this.#early.append(chunk)
      return
    }
    this.#bytesRead += chunk.length
    const repeated = Math.min(this.#repeated, chunk.length)
    this.#repeated -= repeated
    this.#reader.read(repeated === 0 ? chunk : chunk.subarray(repeated))
    this.#bytesPassed(this.#deferred)
  }

  #bytesPassed({ isDeferring }: DeferredRecords): void {
    if (!isDeferring) this.record()
    this.#isHeaderEnough =
      isDeferring && !this.wantsText && this.#repeated === 0 && this.#reader.isBetweenMessages
  }

  /** As {@link WebSocketFrameReader.skip}. */
  skip(bytes: number): boolean {
    const isSkipped = this.#reader.skip(bytes)
    if (isSkipped) this.#bytesRead += bytes
    if (this.#deferred !== undefined) this.#bytesPassed(this.#deferred)
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
    if (this.#deferred?.isDeferring === false) this.record()
  }

  onText(part: MaskedBytes): boolean {
    if (!this.wantsText) return false
    this.#text ??= this.#createText()
    return this.#text.append(part)
  }

  onMessage(bytes: number, isText: boolean, isEncoded: boolean): void {
    this.#messages++
    if (isEncoded) this.#onEncodedMessage(isText)
    else {
      this.#bytes += bytes
      if (this.#text !== undefined) this.#passText(this.#text.take(), isText)
    }
  }

  #onEncodedMessage(isText: boolean): void {
    if (!this.#isPayloadReported) this.#sink.onUnread()
    if (this.#direction === 'received') {
      if (this.#isPayloadReported && this.wantsText) this.#expectPayload(isText)
      return
    }
    this.#bytes += this.#reportedBytes
    this.#reportedBytes = 0
    this.#passText(this.#payloadText?.take(), isText)
  }

  #passText(message: Excerpt | undefined, isText: boolean): void {
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

  /** Records what is not recorded yet. */
  record(): void {
    if (this.#series === undefined) return
    const messages = this.#messages
    const bytes = this.#bytes
    if (messages > 0) {
      this.#messages = 0
      this.#series.messages.add(messages, this.#context)
    }
    if (bytes > 0) {
      this.#bytes = 0
      this.#series.bytes.add(bytes, this.#context)
    }
  }
}
