import type { Attributes, Context } from '@opentelemetry/api'
import { NO_SLOT } from './attribute-index.ts'
import { readAttributeSet, toAttributes } from './attribute-set.ts'
import type { SeriesReservation } from './series-reservations.ts'
import type { SyncStream } from './sync-stream.ts'
import type { ViewStreams } from './view-streams.ts'

/** Records measurements with a bound attribute set. The context is not bound; each record passes its own. */
export interface SeriesHandle {
  /** Records a valid value. */
  record(value: number, context: Context | undefined): void
}

/**
 * Binds these attributes to all streams of an instrument. Copies the attributes, and evaluates attribute processors and
 * the cardinality limit once, now (specification metrics/sdk.md "Instrument bind"). Creates no series yet.
 */
export function bindSeries(viewStreams: readonly ViewStreams[], attributes: Attributes): SeriesHandle {
  const copy = toAttributes(readAttributeSet(attributes))
  const handles = viewStreams.flatMap((streams) => bindViewStreams(streams, copy))
  return handles.length === 1 && handles[0] !== undefined ? handles[0] : new MultiStreamHandle(handles)
}

function bindViewStreams(viewStreams: ViewStreams, given: Attributes): SeriesHandle[] {
  const { attributes, onRecord } = viewStreams.bind(given)
  const handles = viewStreams.streams.map((stream) => new StreamHandle(stream, attributes, given))
  return onRecord === undefined ? handles : [{ record: onRecord }, ...handles]
}

/**
 * Records in one series of one stream. Caches the slot for the current interval; a delta collection starts the next
 * one. It does not reference the series table, so an idle handle keeps no past interval in memory.
 */
class StreamHandle implements SeriesHandle {
  readonly #stream: SyncStream
  /** Undefined if the cardinality limit was reached: the handle records in the overflow series. */
  readonly #reservation: SeriesReservation | undefined
  readonly #given: Attributes
  #interval = -1
  #slot = NO_SLOT

  /**
   * @param seriesAttributes attributes of the series, after the view
   * @param given attributes before the view, for exemplars
   */
  constructor(stream: SyncStream, seriesAttributes: Attributes, given: Attributes) {
    this.#stream = stream
    this.#reservation = stream.reserve(seriesAttributes)
    this.#given = given
  }

  record(value: number, context: Context | undefined): void {
    const stream = this.#stream
    if (stream.interval !== this.#interval) this.#locate()
    stream.recordAtSlot(this.#slot, value, this.#given, context)
  }

  #locate(): void {
    this.#interval = this.#stream.interval
    this.#slot = this.#stream.table.slotForReservation(this.#reservation)
  }
}

class MultiStreamHandle implements SeriesHandle {
  readonly #handles: readonly SeriesHandle[]

  constructor(handles: readonly SeriesHandle[]) {
    this.#handles = handles
  }

  record(value: number, context: Context | undefined): void {
    for (const handle of this.#handles) handle.record(value, context)
  }
}
