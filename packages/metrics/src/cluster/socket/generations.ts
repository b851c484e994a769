import { chmodSync, lstatSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { epochNow } from '../../real-timers.ts'

/** Name of a generation: a number of at most 8 digits. */
const GENERATION = /^[1-9][0-9]{0,7}$/
/** Age in milliseconds at which the directory of an unfinished claim is removed. */
const ABANDONED_MS = 60_000

/**
 * The sockets of a group, one for each aggregator that it has had: `<directory>/<generation>/s`. The highest generation is the
 * current one. Ownership is exclusive:
 *
 * - A name appears with a socket that listens already, by one rename, which fails if the name exists. A connection that is refused
 *   therefore means that the owner has ended, and no process can own this generation again.
 * - A process claims a generation only after it has found the one before it refused.
 * - The highest name is never removed, so that a slow process that claims a lower one finds that it is late.
 */
export class Generations {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Returns the current generation; 0 if there is none. */
  newest(): number {
    return Math.max(0, ...this.#all())
  }

  /** Returns the path of a generation's socket. */
  socket(generation: number): string {
    return join(this.#directory, String(generation), 's')
  }

  /**
   * Makes a generation the current one.
   * @param listen listens on a path synchronously; returns false if that is impossible
   * @returns the identity of the socket; `undefined` if another process has claimed this generation or a higher one
   */
  claim(generation: number, listen: (path: string) => boolean): string | undefined {
    const temporary = mkdtempSync(join(this.#directory, '.'))
    const claimed = join(this.#directory, String(generation))
    try {
      const path = join(temporary, 's')
      if (!listen(path))
        throw new Error(
          'expected a directory whose file system has UNIX sockets, found that it is impossible to listen',
        )
      chmodSync(path, 0o600)
      renameSync(temporary, claimed)
    } catch (error) {
      remove(temporary)
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return undefined
      throw error
    }
    if (this.newest() === generation) return this.identity(generation)
    remove(claimed)
    return undefined
  }

  /** Returns the identity of a generation's socket; `undefined` if there is none. */
  identity(generation: number): string | undefined {
    try {
      const { dev, ino } = lstatSync(this.socket(generation))
      return `${dev}:${ino}`
    } catch {
      return undefined
    }
  }

  /** Removes the sockets of earlier generations, and what processes left that ended during a claim. */
  removeBefore(generation: number): void {
    for (const name of readdirSync(this.#directory)) {
      const path = join(this.#directory, name)
      const isEarlier = GENERATION.test(name) && Number(name) < generation
      if (isEarlier || (name.startsWith('.') && isAbandoned(path))) remove(path)
    }
  }

  #all(): number[] {
    return readdirSync(this.#directory)
      .filter((name) => GENERATION.test(name))
      .map(Number)
  }
}

function isAbandoned(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && epochNow() - stats.mtimeMs > ABANDONED_MS
}

/** Removes a directory. Another process may do so at the same time. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // It has become the directory of a process that is late, which removes it by itself.
  }
}
