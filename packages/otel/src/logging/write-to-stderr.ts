import { Console } from 'node:console'
import { writeSync } from 'node:fs'

/**
 * Writes a text, with its line break, to the stderr of this process; every report of this package goes through it.
 *
 * Never throws, adds no `error` event to `process.stderr`, and holds up neither the application nor its end: a text that
 * cannot be written at once is dropped; of one that fits partly into a full pipe, the rest is dropped, with its line break,
 * for which there is no room either. A stream would report its failure as an event that ends the process, and keep
 * the process alive for as long as the reader of a full pipe does not read.
 */
export function writeToStderr(text: string): void {
  try {
    const { stderr } = process
    if (isStreamOfNode(stderr)) writeAtOnce(stderr.fd, Buffer.from(text))
    // Such as a stream of the application's, of a worker thread, or one whose `write` is replaced, by a logger for example.
    else if (!stderr.writableNeedDrain) new Console({ stdout: stderr }).log(text.replace(/\n$/, ''))
  } catch {
    // There is nowhere else to report it.
  }
}

/**
 * Whether a text may bypass the stream: nothing that the application has written waits in it, and nobody has replaced it
 * or its method. Not on Windows, whose terminals take no UTF-8 but from the stream.
 */
function isStreamOfNode(stream: NodeJS.WriteStream & { fd: number }): boolean {
  const isUnchanged = stream.fd === 2 && !Object.hasOwn(stream, 'write')
  return isUnchanged && stream.writableLength === 0 && process.platform !== 'win32'
}

/** @throws Error such as `EPIPE`, `ENOSPC`, or `EAGAIN` of a full pipe: Node has made it non-blocking for its stream */
function writeAtOnce(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written)
}
