import type { ChildProcess } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import type { Channel, ChannelHandlers } from './channel.ts'
import { type IpcMessage, isIpcMessage, toIpcMessage } from './ipc-message.ts'
import { IpcWriter } from './ipc-writer.ts'

type Send = (
  message: IpcMessage,
  handle: undefined,
  options: undefined,
  callback: (error: Error | null) => void,
) => unknown

/** One side of the IPC channel of a child process. */
abstract class IpcChannel implements Channel {
  readonly #peer: EventEmitter
  readonly #send: Send
  protected handlers: ChannelHandlers | undefined

  /** @param send captured when the channel is created: the application may replace it later */
  constructor(peer: EventEmitter, send: Send) {
    this.#peer = peer
    this.#send = send
  }

  send(text: string, onSent?: () => void): void {
    // With a callback, Node does not report a closed channel by an event `error`.
    const callback = (error: Error | null): void => {
      onSent?.()
      if (error) this.end()
    }
    try {
      this.#send.call(this.#peer, toIpcMessage(text), undefined, undefined, callback)
    } catch (error) {
      process.nextTick(callback, error as Error)
    }
  }

  sendAtExit(texts: readonly string[]): void {
    for (const text of texts) this.send(text)
  }

  open(handlers: ChannelHandlers): void {
    this.handlers = handlers
    this.#peer.on('internalMessage', this.onInternalMessage)
  }

  close(): void {
    this.handlers = undefined
    this.#peer.off('internalMessage', this.onInternalMessage)
  }

  /** The other side has ended. */
  protected readonly end = (): void => {
    const { handlers } = this
    this.close()
    handlers?.onClose()
  }

  protected readonly onInternalMessage = (message: unknown): void => {
    if (isIpcMessage(message)) this.handlers?.onMessage(message.text)
  }
}

/**
 * The side of the child. It detects the end of the channel when a message cannot be sent: a listener of `disconnect` would keep
 * the process alive.
 */
class ParentChannel extends IpcChannel {
  readonly #writer = new IpcWriter(process)

  override send(text: string, onSent?: () => void): void {
    if (!this.#writer.tryWrite(text)) super.send(text, onSent)
    else if (onSent) queueMicrotask(onSent)
  }

  override sendAtExit(texts: readonly string[]): void {
    let index = 0
    while (index < texts.length && this.#writer.writeAtExit(texts[index] as string)) index += 1
    for (const text of texts.slice(index)) super.send(text)
  }
}

/** The side of the parent. */
class ChildChannel extends IpcChannel {
  readonly #child: ChildProcess
  readonly #first: unknown

  constructor(child: ChildProcess, first: unknown) {
    super(child, child.send as unknown as Send)
    this.#child = child
    this.#first = first
  }

  override open(handlers: ChannelHandlers): void {
    super.open(handlers)
    this.#child.on('disconnect', this.end)
    if (this.#first !== undefined) this.onInternalMessage(this.#first)
    if (!this.#child.connected) process.nextTick(this.end)
  }

  override close(): void {
    super.close()
    this.#child.off('disconnect', this.end)
  }
}

/** Returns the channel of this process to the process that forked it. `undefined`: it has none, or it is closed. */
export function connectToParent(): Channel | undefined {
  if (!process.connected || process.send === undefined) return undefined
  return new ParentChannel(process, process.send as unknown as Send)
}

/**
 * Returns the channel to a child process that was forked with IPC.
 * @param first an `internalMessage` of the child that was received before; it is delivered first
 */
export const acceptChild = (child: ChildProcess, first?: unknown): Channel => new ChildChannel(child, first)
