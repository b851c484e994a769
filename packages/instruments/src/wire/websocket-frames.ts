import type { FrameExtensions, FrameSink } from './frame-sink.ts'

/** What the next byte is. */
const FIRST_BYTE = 0
const SECOND_BYTE = 1
const LENGTH = 2
const MASK = 3
const PAYLOAD = 4
/** No further byte is read. */
const STOPPED = 5

const CONTINUATION = 0
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

const MAX_CONTROL_PAYLOAD = 125

/** The bit FIN in the first byte of a frame. */
const FINAL = 0x80

/** Fragments of a message. `ws` refuses messages of more by default, and the application does not receive them. */
const MAX_FRAGMENTS = 16_384

const EMPTY: Uint8Array = new Uint8Array(0)

/** Close code of a frame without one (RFC 6455 section 7.1.5). */
const NO_CODE = 1005

/**
 * Reads the frames of one direction of a WebSocket from its bytes (RFC 6455 section 5.2), which may be split anywhere.
 * Payload is skipped without being read, except close codes and the text that the sink wants. No frame allocates memory.
 */
export class WebSocketFrameReader {
  readonly #sink: FrameSink
  readonly #isMasked: boolean
  /** Set before the first frame that the other side can have sent after the handshake. */
  extensions: FrameExtensions = 'none'
  #next = FIRST_BYTE
  #opcode = CONTINUATION
  #isFinal = false
  /** Bytes of the extended length, or of the masking key, that follow. */
  #fieldBytes = 0
  #length = 0
  /** Bytes of the payload that follow. */
  #remaining = 0
  #mask = 0
  #messageOpcode = CONTINUATION
  #messageBytes = 0
  /** Frames of the message so far. */
  #fragments = 0
  #isEncoded = false
  #isTextWanted = false
  #closeCode = 0
  readonly #part = { chunk: EMPTY, start: 0, end: 0, mask: 0, offset: 0, remaining: 0 }

  /** @param isMasked whether frames have to be masked: those of clients are, those of servers are not (section 5.1) */
  constructor(sink: FrameSink, isMasked: boolean) {
    this.#sink = sink
    this.#isMasked = isMasked
  }

  /** Whether the next byte begins a message, or a control frame between messages. */
  get isBetweenMessages(): boolean {
    return this.#next === FIRST_BYTE && this.#messageOpcode === CONTINUATION
  }

  /** Reads the next bytes. */
  read(chunk: Uint8Array): void {
    const end = chunk.length
    let at = 0
    while (at < end) {
      if (this.#next === PAYLOAD) at = this.#readPayload(chunk, at, end)
      else if (this.#next === FIRST_BYTE) {
        const size = this.#readUsualFrame(chunk, at, end)
        if (size === 0) this.#readFirstByte(chunk[at++] as number)
        else at += size
      } else if (this.#next === SECOND_BYTE) this.#readSecondByte(chunk[at++] as number)
      else if (this.#next === LENGTH) this.#readLength(chunk[at++] as number)
      else if (this.#next === MASK) this.#readMask(chunk[at++] as number)
      else return
    }
  }

  /**
   * Skips bytes that are payload and not read, if all of the next `bytes` are.
   * @returns `false` if they have to be passed to {@link WebSocketFrameReader.read}
   */
  skip(bytes: number): boolean {
    if (this.#next === STOPPED) return true
    if (this.#next !== PAYLOAD || bytes > this.#remaining || this.#isPayloadRead) return false
    this.#advance(bytes)
    return true
  }

  /**
   * Reads most messages faster: of one frame below 64 kB, with the header in one chunk, not encoded and not passed to the sink.
   * @returns the bytes read; 0 if the frame is another one
   */
  #readUsualFrame(chunk: Uint8Array, at: number, end: number): number {
    const opcode = (chunk[at] as number) ^ FINAL
    if ((opcode !== TEXT && opcode !== BINARY) || this.#messageOpcode !== CONTINUATION || end - at < 2)
      return 0
    const second = chunk[at + 1] as number
    let length = second & 0x7f
    if (second >= 0x80 !== this.#isMasked || length === 127) return 0
    if (opcode === TEXT && this.#sink.wantsText) return 0
    const header = (this.#isMasked ? 6 : 2) + (length === 126 ? 2 : 0)
    if (end - at < header) return 0
    if (length === 126) length = ((chunk[at + 2] as number) << 8) | (chunk[at + 3] as number)
    const size = header + length
    if (end - at >= size) {
      this.#sink.onMessage(length, opcode === TEXT, false)
      return size
    }
    this.#isFinal = true
    this.#opcode = opcode
    this.#isEncoded = false
    this.#isTextWanted = false
    this.#messageOpcode = opcode
    this.#messageBytes = length
    this.#length = length
    this.#remaining = size - (end - at)
    this.#next = PAYLOAD
    return end - at
  }

  #readFirstByte(byte: number): void {
    const opcode = byte & 0x0f
    const reserved = byte & 0x70
    this.#isFinal = byte >= 0x80
    this.#opcode = opcode
    this.#next = SECOND_BYTE
    if (opcode >= CLOSE) {
      if (opcode > PONG || !this.#isFinal || (reserved !== 0 && this.extensions !== 'unknown')) this.#fail()
      return
    }
    const isContinued = this.#messageOpcode !== CONTINUATION
    if (opcode > BINARY || (opcode === CONTINUATION) !== isContinued || !this.#isAllowed(reserved)) {
      this.#fail()
    } else if (opcode === CONTINUATION) {
      if (++this.#fragments > MAX_FRAGMENTS) this.#fail()
    } else {
      this.#messageOpcode = opcode
      this.#fragments = 1
      this.#messageBytes = 0
      this.#isEncoded = reserved !== 0
      this.#isTextWanted = opcode === TEXT && reserved === 0 && this.#sink.wantsText
    }
  }

  /** Whether the reserved bits of a data frame are allowed. */
  #isAllowed(reserved: number): boolean {
    if (reserved === 0 || this.extensions === 'unknown') return true
    return reserved === 0x40 && this.extensions === 'deflate' && this.#opcode !== CONTINUATION
  }

  #readSecondByte(byte: number): void {
    const length = byte & 0x7f
    const isMasked = byte >= 0x80
    this.#mask = 0
    if (isMasked !== this.#isMasked || (this.#opcode >= CLOSE && length > MAX_CONTROL_PAYLOAD)) {
      this.#fail()
    } else if (length < 126) {
      this.#length = length
      this.#lengthRead()
    } else {
      this.#length = 0
      this.#fieldBytes = length === 126 ? 2 : 8
      this.#next = LENGTH
    }
  }

  /** A length of more than 53 bits loses precision; such a payload never ends. */
  #readLength(byte: number): void {
    const isTooLong = this.#fieldBytes === 8 && byte >= 0x80
    this.#length = this.#length * 256 + byte
    this.#fieldBytes--
    if (isTooLong) this.#fail()
    else if (this.#fieldBytes === 0) this.#lengthRead()
  }

  #lengthRead(): void {
    if (this.#opcode === CLOSE && this.#length === 1) this.#fail()
    else if (this.#isMasked) {
      this.#fieldBytes = 4
      this.#next = MASK
    } else this.#headerRead()
  }

  #readMask(byte: number): void {
    this.#mask = (this.#mask << 8) | byte
    if (--this.#fieldBytes === 0) this.#headerRead()
  }

  #headerRead(): void {
    this.#remaining = this.#length
    this.#closeCode = 0
    if (this.#opcode < CLOSE) this.#messageBytes += this.#length
    if (this.#length === 0) this.#frameRead()
    else this.#next = PAYLOAD
  }

  get #isPayloadRead(): boolean {
    return this.#opcode === CLOSE || (this.#isTextWanted && this.#opcode < CLOSE)
  }

  #readPayload(chunk: Uint8Array, at: number, chunkEnd: number): number {
    const end = chunkEnd - at > this.#remaining ? at + this.#remaining : chunkEnd
    if (this.#isPayloadRead) this.#passPayload(chunk, at, end)
    this.#advance(end - at)
    return end
  }

  #passPayload(chunk: Uint8Array, start: number, end: number): void {
    const offset = this.#length - this.#remaining
    if (this.#opcode === CLOSE) {
      for (let at = start; at < end && offset + at - start < 2; at++) {
        const shift = 24 - 8 * (offset + at - start)
        this.#closeCode = (this.#closeCode << 8) | ((chunk[at] as number) ^ ((this.#mask >>> shift) & 0xff))
      }
      return
    }
    const part = this.#part
    part.chunk = chunk
    part.start = start
    part.end = end
    part.mask = this.#mask
    part.offset = offset
    part.remaining = this.#remaining - (end - start)
    this.#isTextWanted = this.#sink.onText(part)
    part.chunk = EMPTY
  }

  #advance(bytes: number): void {
    this.#remaining -= bytes
    if (this.#remaining === 0) this.#frameRead()
  }

  #frameRead(): void {
    this.#next = FIRST_BYTE
    if (this.#opcode < CLOSE) {
      if (!this.#isFinal) return
      const isText = this.#messageOpcode === TEXT
      this.#messageOpcode = CONTINUATION
      this.#sink.onMessage(this.#messageBytes, isText, this.#isEncoded)
    } else if (this.#opcode === PING) this.#sink.onPing()
    else if (this.#opcode === PONG) this.#sink.onPong()
    else {
      this.#next = STOPPED
      this.#sink.onClose(this.#length === 0 ? NO_CODE : this.#closeCode)
    }
  }

  #fail(): void {
    this.#next = STOPPED
    this.#sink.onInvalid()
  }
}
