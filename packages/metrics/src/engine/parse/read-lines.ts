import { isUtf8 } from 'node:buffer'
import { ExpositionError } from './exposition-error.ts'
import type { ExpositionLimits } from './limits.ts'

const LINE_FEED = 0x0a

/** A line without its line feed. */
export interface Line {
  readonly text: string
  /** Whether a line feed follows; only the last line can lack it. */
  readonly isComplete: boolean
}

/**
 * Splits the parts of an exposition into lines. A line can extend over several parts.
 * @throws ExpositionError if a limit is exceeded or a line is not UTF-8
 */
export function* readLines(
  body: Iterable<Uint8Array>,
  { maxBytes, maxLineBytes }: ExpositionLimits,
): Generator<Line, void> {
  let bytes = 0
  let number = 0
  /** Bytes of the current line in earlier parts. */
  let started: Buffer[] = []
  let startedBytes = 0
  const take = (end: Buffer, isComplete: boolean): Line => {
    number += 1
    if (startedBytes + end.length > maxLineBytes) refuseLine(maxLineBytes, number)
    const line = startedBytes === 0 ? end : Buffer.concat([...started, end])
    started = []
    startedBytes = 0
    if (!isUtf8(line)) throw new ExpositionError('encoding', 'the line is not UTF-8', number)
    return { text: line.toString(), isComplete }
  }
  for (const part of body) {
    const buffer = Buffer.from(part.buffer, part.byteOffset, part.byteLength)
    bytes += buffer.length
    if (bytes > maxBytes) throw new ExpositionError('limit', `more than ${maxBytes} bytes`, number + 1)
    let start = 0
    for (let end = buffer.indexOf(LINE_FEED); end !== -1; end = buffer.indexOf(LINE_FEED, start)) {
      yield take(buffer.subarray(start, end), true)
      start = end + 1
    }
    if (start === buffer.length) continue
    started.push(buffer.subarray(start))
    startedBytes += buffer.length - start
    if (startedBytes > maxLineBytes) refuseLine(maxLineBytes, number + 1)
  }
  if (startedBytes > 0) yield take(Buffer.alloc(0), false)
}

function refuseLine(maxLineBytes: number, number: number): never {
  throw new ExpositionError('limit', `the line exceeds ${maxLineBytes} bytes`, number)
}
