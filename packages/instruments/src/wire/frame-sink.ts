/** Receives what a `WebSocketFrameReader` finds, in the order of the frames. */
export interface FrameSink {
  /**
   * Called when a text or binary message is complete.
   * @param bytes its payload as sent, of all fragments
   * @param isText whether it is a text message
   * @param isEncoded whether an extension has changed the payload, for example by compression
   */
  onMessage(bytes: number, isText: boolean, isEncoded: boolean): void
  /** Called with the parts of a text message that no extension has changed. Returns whether further parts are to be passed. */
  onText(part: MaskedBytes): boolean
  /** Whether {@link FrameSink.onText} is called for the message that begins. */
  readonly wantsText: boolean
  /** Called for the close frame; nothing after it is read. `code` is 1005 if the frame has none. */
  onClose(code: number): void
  onPing(): void
  onPong(): void
  /** Called once if the bytes are no valid frames, or too many of one message; the rest of the direction is not read. */
  onInvalid(): void
}

/** A part of a payload. The reader uses one object for all parts: it is valid until the callback returns. */
export interface MaskedBytes {
  readonly chunk: Uint8Array
  readonly start: number
  readonly end: number
  /** Masking key of the frame; `0` if the frame is not masked (RFC 6455 section 5.3). */
  readonly mask: number
  /** Offset of `start` in the payload of the frame, for the rotation of the key. */
  readonly offset: number
  /** Bytes of the payload of the frame that follow `end`. */
  readonly remaining: number
}

/** Extensions that the handshake agreed on. */
export type FrameExtensions =
  /** No reserved bit is allowed. */
  | 'none'
  /** RSV1 marks compressed messages (RFC 7692 section 6). */
  | 'deflate'
  /** Reserved bits mark payload that some extension has changed. */
  | 'unknown'
