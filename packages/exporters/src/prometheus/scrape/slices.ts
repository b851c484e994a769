import { monotonicNow, setImmediate } from '@vr/otel-metrics/internal'

/** Longest time for which writing blocks the event loop, in milliseconds. */
const SLICE_MS = 4

/** Characters in a buffer; with one more line, about the size of one socket write. */
const BUFFER_CHARACTERS = 60 * 1024

/**
 * Encodes text parts as UTF-8 and lets the event loop run every few milliseconds.
 * @param now a monotonic clock in milliseconds
 */
export async function writeInSlices(
  parts: Iterable<string>,
  now: () => number = monotonicNow,
): Promise<readonly Buffer[]> {
  const buffers: Buffer[] = []
  let text = ''
  let startedAt = now()
  for (const part of parts) {
    text += part
    if (text.length >= BUFFER_CHARACTERS) {
      buffers.push(Buffer.from(text))
      text = ''
    }
    if (now() - startedAt > SLICE_MS) {
      await new Promise((resolve) => setImmediate(resolve))
      startedAt = now()
    }
  }
  if (text !== '') buffers.push(Buffer.from(text))
  return buffers
}
