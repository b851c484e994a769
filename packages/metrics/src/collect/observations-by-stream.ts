import type { ObservationBuffer } from '../series/observation-buffer.ts'
import type { ObservedStream } from '../series/observed-stream.ts'
import type { Observations } from './callback-registry.ts'

/** Observations of each stream, in the order of the callbacks. */
export type ObservationsByStream = ReadonlyMap<ObservedStream, readonly ObservationBuffer[]>

/** Groups the observations of all meters by stream. A batch callback can observe instruments of another meter. */
export function observationsByStream(
  ofMeters: readonly Observations[],
): Map<ObservedStream, ObservationBuffer[]> {
  const buffers = new Map<ObservedStream, ObservationBuffer[]>()
  for (const { observed } of ofMeters) {
    for (const [instrument, buffer] of observed) {
      for (const stream of instrument.streams) {
        const known = buffers.get(stream)
        if (known === undefined) buffers.set(stream, [buffer])
        else known.push(buffer)
      }
    }
  }
  return buffers
}
