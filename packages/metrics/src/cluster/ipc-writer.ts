import { Buffer } from 'node:buffer'
import type { EventEmitter } from 'node:events'
import { writeSync } from 'node:fs'
import { monotonicNow } from '../real-timers.ts'
import { toIpcMessage } from './ipc-message.ts'

/** Longest time that all writes of an exiting process wait together, in milliseconds. */
const TIME_LIMIT_MS = 500

/** Largest frame that a UNIX socket of Linux takes in one piece or not at all (`unix_stream_sendmsg`). */
const MAX_ATOMIC_BYTES = 32 * 1024

/** Most bytes of a character in UTF-8, for each unit of a string. */
const MAX_BYTES_PER_UNIT = 3

/** The IPC channel of this process, with internals of Node. */
interface IpcProcess {
  readonly channel?: { readonly fd?: unknown }
  /** Messages that wait until the parent has taken a handle. */
  readonly _handleQueue?: unknown
  readonly [key: symbol]: ChannelHandle | undefined
}

/** The handle of the channel. */
interface ChannelHandle {
  /** Bytes that libuv has accepted and not written. */
  readonly writeQueueSize?: unknown
}

/** Captured: the application may replace it. */
const write = writeSync

/**
 * Writes messages to the socket of the IPC channel of this process. `process.send` costs several times as much, and in an `exit`
 * listener loses what the socket does not take at once: a process that exits runs its event loop no more. A frame is written in one
 * piece, and only if no other message waits before it, so that frames are never mixed and messages stay in order.
 */
export class IpcWriter {
  readonly #process: IpcProcess
  readonly #handleKey: symbol | undefined
  /** The handle whose serialization is known. */
  #handle: ChannelHandle | undefined
  #isJson = false
  #waitedMs = 0

  /** @param process `process` of a child process with an IPC channel */
  constructor(process: EventEmitter) {
    this.#process = process as unknown as IpcProcess
    this.#handleKey = symbolOf(process, 'kChannelHandle')
  }

  /**
   * Writes a message if the socket takes it at once.
   * @returns whether it was written. If not, use `process.send`. Never throws
   */
  tryWrite(text: string): boolean {
    return this.#write(text, false)
  }

  /** Writes a message when the process exits: like `tryWrite`, but waits while the socket is full. */
  writeAtExit(text: string): boolean {
    return this.#write(text, true)
  }

  #write(text: string, waits: boolean): boolean {
    try {
      const fd = this.#fileDescriptor()
      if (fd === undefined) return false
      const frame = this.#isJson ? jsonFrame(text) : serializedFrame(text, this.#handle as object)
      return frame !== undefined && isAtomic(frame) && this.#writeFrame(fd, frame, waits)
    } catch {
      // An internal of Node differs, or the channel has closed: `process.send` handles both.
      return false
    }
  }

  /** Returns the socket, if no message waits to be written. */
  #fileDescriptor(): number | undefined {
    const key = this.#handleKey
    if (key === undefined || process.platform !== 'linux') return undefined
    const handle = this.#process[key]
    if (handle?.writeQueueSize !== 0 || this.#process._handleQueue !== null) return undefined
    if (handle !== this.#handle) {
      this.#handle = handle
      this.#isJson = symbolOf(handle, 'kJSONBuffer') !== undefined
    }
    const fd = this.#process.channel?.fd
    return typeof fd === 'number' && fd >= 0 ? fd : undefined
  }

  #writeFrame(fd: number, frame: string | Buffer, waits: boolean): boolean {
    const start = waits ? monotonicNow() : 0
    const waited = this.#waitedMs
    for (;;) {
      try {
        if (typeof frame === 'string') write(fd, frame)
        else write(fd, frame)
        return true
      } catch (error) {
        if (!waits || (error as NodeJS.ErrnoException).code !== 'EAGAIN') return false
      }
      this.#waitedMs = waited + monotonicNow() - start
      if (this.#waitedMs > TIME_LIMIT_MS) return false
      pause()
    }
  }
}

/** Blocks the thread for a millisecond, in which the receiver reads. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
}

function isAtomic(frame: string | Buffer): boolean {
  if (typeof frame !== 'string') return frame.length <= MAX_ATOMIC_BYTES
  return frame.length * MAX_BYTES_PER_UNIT <= MAX_ATOMIC_BYTES || Buffer.byteLength(frame) <= MAX_ATOMIC_BYTES
}

/** Returns what `process.send` would write with the serialization `json`. */
const jsonFrame = (text: string): string => `${JSON.stringify(toIpcMessage(text))}\n`

/** Returns what `process.send` would write with the serialization `advanced`. */
function serializedFrame(text: string, handle: object): Buffer | undefined {
  if (!symbolOf(handle, 'kMessageBuffer')) return undefined
  const body = process.getBuiltinModule('node:v8').serialize(toIpcMessage(text))
  const size = Buffer.allocUnsafe(4)
  size.writeUInt32BE(body.length)
  return Buffer.concat([size, body])
}

const symbolOf = (object: object, description: string): symbol | undefined =>
  Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description)
