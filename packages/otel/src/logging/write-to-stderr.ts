import { Console } from 'node:console'
import { writeSync } from 'node:fs'

/**
 * Writes a text that ends with a line break to stderr. All output of this package uses this function.
 *
 * Never throws, adds no `error` event to `process.stderr`, and delays neither the application nor its exit. A text that
 * cannot be written at once is dropped; if a full pipe takes only a part of it, the rest is dropped. A stream would emit
 * its failure as an event that ends the process, and would keep the process alive until the reader of a full pipe reads.
 */
export function writeToStderr(text: string): void {
  try {
    const { stderr } = process
    if (isUnmodified(stderr)) writeNow(stderr.fd, Buffer.from(text))
    // A stream of the application or of a worker thread, or one whose `write` is replaced, for example by a logger.
    else if (!stderr.writableNeedDrain) new Console({ stdout: stderr }).log(text.replace(/\n$/, ''))
  } catch {
    // There is nowhere else to report the failure.
  }
}

/**
 * Whether a text may bypass the stream: it is the stream of Node, its `write` is not replaced, and nothing that the
 * application wrote waits in it. Never on Windows, whose terminals accept UTF-8 only from the stream.
 */
function isUnmodified(stream: NodeJS.WriteStream & { fd: number }): boolean {
  const isOriginal = stream.fd === 2 && !Object.hasOwn(stream, 'write')
  return isOriginal && stream.writableLength === 0 && process.platform !== 'win32'
}

/** @throws Error such as `EPIPE`, `ENOSPC`, or `EAGAIN` of a full pipe, which Node has made non-blocking */
function writeNow(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
}
