import type { EventEmitter } from 'node:events'
import { writeSync } from 'node:fs'
import { monotonicNow } from '../real-timers.ts'
import type { IpcMessage } from './ipc-message.ts'

/** Longest time that all writes of a process take together, in milliseconds. */
const TIME_LIMIT_MS = 500

/** Largest frame that a UNIX socket of Linux takes in one piece or not at all (`unix_stream_sendmsg`). */
const MAX_ATOMIC_BYTES = 32 * 1024

/** The handle of an IPC channel, internal to Node. */
interface ChannelHandle {
  /** Bytes that libuv has accepted and not written. */
  readonly writeQueueSize?: unknown
}

/** Captured: the application may replace it. */
const write = writeSync

/**
 * Writes messages to the socket of the IPC channel of this process, and waits while the socket is full. `process.send` in an `exit`
 * listener loses what the socket does not take at once: a process that exits runs its event loop no more. A frame is written in one
 * piece, and only if no message of the application waits before it, so that frames are never mixed.
 */
export class ExitWriter {
  readonly #process: EventEmitter
  #waitedMs = 0

  /** @param process `process` of a child process with an IPC channel */
  constructor(process: EventEmitter) {
    this.#process = process
  }

  /** Returns whether the message was written. If not, use `process.send`. Never throws. */
  write(message: IpcMessage): boolean {
    try {
      if (process.platform !== 'linux') return false
      const handle = handleOf(this.#process)
      const fd = fileDescriptorOf(this.#process)
      if (handle?.writeQueueSize !== 0 || fd === undefined) return false
      const frame = frameOf(message, handle)
      return frame !== undefined && frame.length <= MAX_ATOMIC_BYTES && this.#writeFrame(fd, frame)
    } catch {
      // An internal of Node differs, or the channel has closed: `process.send` handles both.
      return false
    }
  }

  #writeFrame(fd: number, frame: Buffer): boolean {
    const start = monotonicNow()
    const waited = this.#waitedMs
    for (;;) {
      try {
        write(fd, frame)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false
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

function handleOf(process: EventEmitter): ChannelHandle | undefined {
  const symbol = symbolOf(process, 'kChannelHandle')
  return symbol && (process as unknown as { readonly [key: symbol]: ChannelHandle })[symbol]
}

function fileDescriptorOf(process: EventEmitter): number | undefined {
  const fd = (process as { readonly channel?: { readonly fd?: unknown } }).channel?.fd
  return typeof fd === 'number' && fd >= 0 ? fd : undefined
}

/** Returns the bytes that `process.send` would write, by the serialization of the channel. */
function frameOf(message: IpcMessage, handle: ChannelHandle): Buffer | undefined {
  if (symbolOf(handle, 'kJSONBuffer')) return Buffer.from(`${JSON.stringify(message)}\n`)
  if (!symbolOf(handle, 'kMessageBuffer')) return undefined
  const body = process.getBuiltinModule('node:v8').serialize(message)
  const size = Buffer.allocUnsafe(4)
  size.writeUInt32BE(body.length)
  return Buffer.concat([size, body])
}

const symbolOf = (object: object, description: string): symbol | undefined =>
  Object.getOwnPropertySymbols(object).find((symbol) => symbol.description === description)
