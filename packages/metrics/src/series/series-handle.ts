import type { Attributes, Context } from '@opentelemetry/api'
import { NO_SLOT } from './attribute-index.ts'
import { readAttributeSet, toAttributes } from './attribute-set.ts'
import type { SeriesReservation } from './series-reservations.ts'
import type { SyncStream } from './sync-stream.ts'
import type { ViewStreams } from './view-streams.ts'

/** Where the measurements of a bound attribute set go. Context is taken per record, never bound. */
export interface SeriesHandle {
  /** One measurement that is valid for the instrument. */
  record(value: number, context: Context | undefined): void
}

/**
 * A handle for these attributes, as they are now, on all routes of an instrument. Attribute processing and the
 * cardinality limit are evaluated here, once for all measurements (specification metrics/sdk.md "Instrument bind"). Makes
 * no series yet.
 */
export function bindSeries(routes: readonly ViewStreams[], attributes: Attributes): SeriesHandle {
  const copy = toAttributes(readAttributeSet(attributes))
  const handles = routes.flatMap((route) => bindViewStreams(route, copy))
  return handles.length === 1 && handles[0] !== undefined ? handles[0] : new MultiStreamHandle(handles)
}

function bindViewStreams(route: ViewStreams, given: Attributes): SeriesHandle[] {
  const { attributes, onRecord } = route.bind(given)
  const handles = route.streams.map((stream) => new StreamHandle(stream, attributes, given))
  return onRecord === undefined ? handles : [{ record: onRecord }, ...handles]
}

/**
 * Has one series of the stream for ever, and remembers its slot for one interval: a delta collection starts the next.
 * The table itself is not held, so an idle handle keeps no past interval in memory.
 */
class StreamHandle implements SeriesHandle {
  readonly #stream: SyncStream
  readonly #reservation: SeriesReservation | undefined
  readonly #given: Attributes
  #interval = -1
  #slot = NO_SLOT

  constructor(stream: SyncStream, kept: Attributes, given: Attributes) {
    this.#stream = stream
    this.#reservation = stream.reserve(kept)
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
