import { close, closeSync, constants, fstat, open, openSync, type Stats, stat } from 'node:fs'
import type { Clock } from '@vr/otel-metrics/internal'
import { type Appended, LineAppender } from './append-lines.ts'
import type { EventSink } from './event-writer.ts'

/** Shortest time between two checks whether the path still names the open file, in milliseconds. */
const CHECK_INTERVAL_MS = 1000

/** `O_NONBLOCK`: a named pipe without a reader is an error instead of blocking a thread of the pool. */
const FLAGS = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY | (constants.O_NONBLOCK ?? 0)

/** Readable by the owner and the group: events have no content of requests, but describe the traffic. */
const MODE = 0o640

interface OpenFile {
  readonly appender: LineAppender
  readonly identity: string
}

/**
 * Appends lines to the file of a path, which is opened for the first lines. If the file was moved or deleted, the path is opened
 * again, which is checked at most once a second.
 */
export class EventFile implements EventSink {
  readonly maxBatchBytes = 65_536
  readonly #path: string
  readonly #clock: Pick<Clock, 'now'>
  #file: OpenFile | undefined
  #checkedAt = Number.NEGATIVE_INFINITY

  constructor(path: string, clock: Pick<Clock, 'now'>) {
    this.#path = path
    this.#clock = clock
  }

  async append(lines: readonly string[]): Promise<Appended> {
    try {
      const { appender } = await this.#current()
      return await appender.append(lines)
    } catch (error) {
      return { count: 0, error: error as NodeJS.ErrnoException }
    }
  }

  appendSync(lines: readonly string[]): Appended {
    try {
      if (this.#file !== undefined) return this.#file.appender.appendSync(lines)
      const fd = openSync(this.#path, FLAGS, MODE)
      const appended = new LineAppender(fd).appendSync(lines)
      closeSync(fd)
      return appended
    } catch (error) {
      return { count: 0, error: error as NodeJS.ErrnoException }
    }
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) await closeFile(file)
  }

  async #current(): Promise<OpenFile> {
    const now = this.#clock.now()
    if (this.#file !== undefined && now - this.#checkedAt < CHECK_INTERVAL_MS) return this.#file
    this.#checkedAt = now
    if (this.#file !== undefined && (await identityOf(this.#path)) !== this.#file.identity) await this.close()
    this.#file ??= await openFile(this.#path)
    return this.#file
  }
}

async function openFile(path: string): Promise<OpenFile> {
  const fd = await new Promise<number>((resolve, reject) =>
    open(path, FLAGS, MODE, (error, opened) => (error === null ? resolve(opened) : reject(error))),
  )
  const stats = await new Promise<Stats>((resolve, reject) =>
    fstat(fd, (error, found) => (error === null ? resolve(found) : reject(error))),
  )
  return { appender: new LineAppender(fd), identity: identify(stats) }
}

/** Returns the identity of the file of a path; `undefined` if there is none. */
function identityOf(path: string): Promise<string | undefined> {
  return new Promise((resolve) =>
    stat(path, (error, stats) => resolve(error === null ? identify(stats) : undefined)),
  )
}

function identify({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

/** Closes a file. An error cannot be repaired: its lines are written. */
function closeFile({ appender }: OpenFile): Promise<void> {
  return new Promise((resolve) => close(appender.fd, () => resolve()))
}
