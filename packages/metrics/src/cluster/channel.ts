/**
 * One ordered connection between a member and its aggregator: over the IPC channel of a child process, a UNIX socket, or a message
 * port. It carries texts: `Member` and `Aggregator` encode each message once as JSON, and decode and validate what arrives.
 */
export interface Channel {
  /**
   * Sends a message. Never throws.
   * @param onSent called once, not before this method has returned, when the operating system has taken the message or the channel
   * has failed: until then, the sender keeps further messages back
   */
  send(text: string, onSent?: () => void): void
  /** Sends messages synchronously as far as possible, when the process exits. Never throws; takes a bounded time. */
  sendAtExit(texts: readonly string[]): void
  /** Starts to deliver messages and the end of the channel. Called once. */
  open(handlers: ChannelHandlers): void
  /** Closes the channel; for IPC, only stops to use it. `onClose` is not called. */
  close(): void
}

/** Receives the events of a {@link Channel}. */
export interface ChannelHandlers {
  /** Called with a message as it was received: not validated, of any type. */
  onMessage(text: unknown): void
  /** Called once, when the other side has ended or the channel has failed. */
  onClose(): void
}
