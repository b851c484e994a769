import { monotonicNow, setImmediate } from '@vr/otel-metrics/internal'

/** Longest time that writing holds the event loop before other work gets its turn, in milliseconds. */
const SLICE_MS = 4

/** Characters gathered before a buffer is made: with a line more, as much as is written to a socket at a time. */
const BUFFER_CHARACTERS = 60 * 1024

/**
 * Runs a writer to its end and gives its text as UTF-8, letting the event loop turn every few milliseconds.
 * `now` is a monotonic clock in milliseconds.
 */
export async function writeInSlices(
  pieces: Iterable<string>,
  now: () => number = monotonicNow,
): Promise<readonly Buffer[]> {
  const buffers: Buffer[] = []
  let text = ''
  let began = now()
  for (const piece of pieces) {
    text += piece
    if (text.length >= BUFFER_CHARACTERS) {
      buffers.push(Buffer.from(text))
      text = ''
    }
    if (now() - began > SLICE_MS) {
      await new Promise((resolve) => setImmediate(resolve))
      began = now()
    }
  }
  if (text !== '') buffers.push(Buffer.from(text))
  return buffers
}
