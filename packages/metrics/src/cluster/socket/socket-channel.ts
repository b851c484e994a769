import { readSync, writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { monotonicNow } from '../../real-timers.ts'
import type { Channel, ChannelHandlers } from '../channel.ts'
import { MAX_MESSAGE_BYTES } from '../messages.ts'
import { FrameReader } from './frame-reader.ts'

/** Largest frame: senders limit messages by an estimate; and the prefix of a message that is passed on for another process. */
const MAX_FRAME_BYTES = 2 * MAX_MESSAGE_BYTES + 1024
/** Messages that wait for a peer that does not read; beyond it the channel fails, and the peer has to connect again. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024
/** How long the exit of a process waits for a peer to read on, in milliseconds. */
const EXIT_WAIT_MS = 250
/** How long the exit of a process reads from one peer, in milliseconds. */
const EXIT_READ_MS = 50

/** Why a connection ended: it was closed, or the peer sent no message, sent an oversized message, or did not read. */
export type ConnectionEnd = 'closed' | 'silent' | 'oversized' | 'backlog'

/** The parts of Node's pipe handle that synchronous reads and writes need. */
interface PipeHandle {
  /** Descriptor; negative if there is none. */
  readonly fd: number
  /** Bytes that were written and that the operating system has not taken. */
  readonly writeQueueSize: number
}

/** A connection over a UNIX socket: lines of text. Does not keep the process alive. */
export class SocketChannel implements Channel {
  readonly #socket: Socket
  readonly #onEnd: ((reason: ConnectionEnd) => void) | undefined
  readonly #reader: FrameReader
  #handlers: ChannelHandlers | undefined
  /** Passed to the socket; the operating system has not taken all of it. */
  #inFlight: Buffer | undefined
  #inFlightSent: (() => void)[] = []
  #queue: Buffer[] = []
  #queueSent: (() => void)[] = []
  #queueBytes = 0
  #ended = false
  #hasReceived = false
  #hasSentAtExit = false

  /** @param onEnd called once, with the reason, before `onClose`; also after `close` */
  constructor(socket: Socket, onEnd?: (reason: ConnectionEnd) => void) {
    this.#socket = socket
    this.#onEnd = onEnd
    this.#reader = new FrameReader(MAX_FRAME_BYTES, (text) => {
      this.#hasReceived = true
      this.#handlers?.onMessage(text)
    })
    socket.unref()
    socket.on('error', () => this.end('closed'))
    socket.on('close', () => this.end('closed'))
    socket.on('end', () => this.end('closed'))
  }

  open(handlers: ChannelHandlers): void {
    this.#handlers = handlers
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    if (this.#ended) queueMicrotask(() => handlers.onClose())
  }

  send(text: string, onSent?: () => void): void {
    if (this.#ended) {
      if (onSent !== undefined) queueMicrotask(onSent)
      return
    }
    const frame = Buffer.from(`${text}\n`)
    this.#queue.push(frame)
    this.#queueBytes += frame.length
    if (onSent !== undefined) this.#queueSent.push(onSent)
    if (this.#queueBytes > MAX_BACKLOG_BYTES) queueMicrotask(() => this.end('backlog'))
    else if (this.#inFlight === undefined) this.#write()
  }

  sendAtExit(texts: readonly string[]): void {
    if (this.#ended) return
    const { fd, writeQueueSize } = this.#handle
    if (fd < 0) return
    const inFlight = this.#inFlight ?? Buffer.alloc(0)
    // A socket whose event `connect` is still to come has passed on nothing.
    const unsent = this.#socket.connecting ? inFlight : inFlight.subarray(inFlight.length - writeQueueSize)
    const frames = texts.map((text) => Buffer.from(`${text}\n`))
    this.#hasSentAtExit = writeAll(fd, Buffer.concat([unsent, ...this.#queue, ...frames]))
    this.close()
  }

  /** Whether a whole message has arrived. */
  get hasReceived(): boolean {
    return this.#hasReceived
  }

  /** Whether the operating system has taken all texts of {@link sendAtExit}. */
  get hasSentAtExit(): boolean {
    return this.#hasSentAtExit
  }

  /** Delivers synchronously what the peer has sent, because the process exits. */
  readAtExit(): void {
    if (!this.#ended) this.#readRest(monotonicNow() + EXIT_READ_MS)
  }

  close(): void {
    this.#handlers = undefined
    this.end('closed')
  }

  /** Ends the connection as if the peer had ended it. */
  end(reason: ConnectionEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.#socket.destroy()
    this.#onEnd?.(reason)
    const handlers = this.#handlers
    const waiting = [...this.#inFlightSent, ...this.#queueSent]
    this.#inFlightSent = []
    this.#queueSent = []
    this.#queue = []
    queueMicrotask(() => {
      for (const onSent of waiting) onSent()
      handlers?.onClose()
    })
  }

  #write(): void {
    this.#inFlight = this.#queue.length === 1 ? (this.#queue[0] as Buffer) : Buffer.concat(this.#queue)
    this.#inFlightSent = this.#queueSent
    this.#queue = []
    this.#queueSent = []
    this.#queueBytes = 0
    this.#socket.write(this.#inFlight, (error) => {
      if (error) this.#readRest()
      const sent = this.#inFlightSent
      this.#inFlight = undefined
      this.#inFlightSent = []
      if (this.#queue.length > 0 && !this.#ended) this.#write()
      for (const onSent of sent) onSent()
    })
  }

  #read(chunk: Buffer): void {
    if (!this.#ended && !this.#reader.read(chunk)) this.end('oversized')
  }

  /**
   * Reads what a peer sent before it ended. A write to such a peer fails, and the socket of Node then discards what it has not read.
   */
  #readRest(deadline = Number.POSITIVE_INFINITY): void {
    const { fd } = this.#handle
    if (fd < 0 || this.#handlers === undefined) return
    // Emits `data`.
    while (this.#socket.read() !== null);
    try {
      while (!this.#ended && monotonicNow() < deadline) {
        const chunk = Buffer.alloc(64 * 1024)
        const bytes = readSync(fd, chunk)
        if (bytes === 0) return
        this.#read(chunk.subarray(0, bytes))
      }
    } catch {
      // EAGAIN or ECONNRESET: nothing is left.
    }
  }

  get #handle(): PipeHandle {
    const { _handle: handle } = this.#socket as { readonly _handle?: Partial<PipeHandle> | null }
    return { fd: handle?.fd ?? -1, writeQueueSize: handle?.writeQueueSize ?? 0 }
  }
}

/**
 * Writes synchronously to a descriptor that does not block; gives up when the peer does not read.
 * @returns whether everything was written
 */
function writeAll(fd: number, bytes: Buffer): boolean {
  let deadline = monotonicNow() + EXIT_WAIT_MS
  let offset = 0
  while (offset < bytes.length) {
    try {
      offset += writeSync(fd, bytes, offset)
      deadline = monotonicNow() + EXIT_WAIT_MS
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || monotonicNow() > deadline) return false
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
  return true
}
