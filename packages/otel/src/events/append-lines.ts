import { write, writeSync } from 'node:fs'

/** Result of an attempt to append lines. */
export interface Appended {
  /** Number of lines that were written as a whole, from the first. */
  readonly count: number
  /** Why the others were not written; `undefined` if all were. */
  readonly error: NodeJS.ErrnoException | undefined
}

/**
 * Appends lines to a file descriptor, at its end if it was opened for appending. If a line was written in part, the next lines
 * start on a line of their own.
 */
export class LineAppender {
  readonly fd: number
  #hasPartOfLine = false

  constructor(fd: number) {
    this.fd = fd
  }

  /** Appends lines without blocking. Never rejects. Call it again only after the promise is resolved. */
  async append(lines: readonly string[]): Promise<Appended> {
    const bytes = this.#encode(lines)
    let written = 0
    try {
      while (written < bytes.length) written += await writeOnce(this.fd, bytes, written)
      return this.#end(lines, bytes, written, undefined)
    } catch (error) {
      return this.#end(lines, bytes, written, error)
    }
  }

  /** As {@link LineAppender.append}, synchronously. Never throws. */
  appendSync(lines: readonly string[]): Appended {
    const bytes = this.#encode(lines)
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.fd, bytes, written)
      return this.#end(lines, bytes, written, undefined)
    } catch (error) {
      return this.#end(lines, bytes, written, error)
    }
  }

  #encode(lines: readonly string[]): Buffer {
    return Buffer.from(`${this.#hasPartOfLine ? '\n' : ''}${lines.join('')}`)
  }

  #end(lines: readonly string[], bytes: Buffer, written: number, error: unknown): Appended {
    if (written === 0) return { count: 0, error: error as NodeJS.ErrnoException | undefined }
    let left = this.#hasPartOfLine ? written - 1 : written
    const length = lines.findIndex((line) => {
      left -= Buffer.byteLength(line)
      return left < 0
    })
    this.#hasPartOfLine = bytes[written - 1] !== LINE_BREAK
    return {
      count: length < 0 ? lines.length : length,
      error: error as NodeJS.ErrnoException | undefined,
    }
  }
}

const LINE_BREAK = '\n'.charCodeAt(0)

function writeOnce(fd: number, bytes: Buffer, from: number): Promise<number> {
  return new Promise((resolve, reject) =>
    write(fd, bytes, from, bytes.length - from, (error, written) =>
      error === null ? resolve(written) : reject(error),
    ),
  )
}
