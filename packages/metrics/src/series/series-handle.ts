import type { Attributes, Context } from '@opentelemetry/api'
import { NOT_FOUND } from './attribute-index.ts'
import { readAttributeSet, toAttributes } from './attribute-set.ts'
import type { Route } from './route.ts'
import type { SyncStream } from './sync-stream.ts'

/** Where the measurements of a bound attribute set go. Context is taken per record, never bound. */
export interface SeriesHandle {
  /** One measurement that is valid for the instrument. */
  record(value: number, context: Context | undefined): void
}

/** A handle for these attributes, as they are now, on all routes of an instrument. Makes no series yet. */
export function bindSeries(routes: readonly Route[], attributes: Attributes): SeriesHandle {
  const copy = toAttributes(readAttributeSet(attributes))
  const handles = routes.flatMap((route) => bindRoute(route, copy))
  return handles.length === 1 && handles[0] !== undefined ? handles[0] : new FanOut(handles)
}

function bindRoute(route: Route, given: Attributes): SeriesHandle[] {
  const kept = route.transform === undefined ? given : route.transform.settle(given)
  if (kept === undefined) return [{ record: (value, context) => route.record(value, given, context) }]
  return route.streams.map((stream) => new SlotHandle(stream, kept, given))
}

/**
 * Remembers the slot for one interval of the stream: a delta collection starts the next. The table itself is not held,
 * so an idle handle keeps no past interval in memory.
 */
class SlotHandle implements SeriesHandle {
  readonly #stream: SyncStream
  readonly #kept: Attributes
  readonly #given: Attributes
  #interval = -1
  #slot = NOT_FOUND

  constructor(stream: SyncStream, kept: Attributes, given: Attributes) {
    this.#stream = stream
    this.#kept = kept
    this.#given = given
  }

  record(value: number, context: Context | undefined): void {
    const stream = this.#stream
    if (stream.interval !== this.#interval) this.#locate()
    stream.recordAt(this.#slot, value, this.#given, context)
  }

  #locate(): void {
    this.#interval = this.#stream.interval
    this.#slot = this.#stream.table.slotOf(this.#kept)
  }
}

class FanOut implements SeriesHandle {
  readonly #handles: readonly SeriesHandle[]

  constructor(handles: readonly SeriesHandle[]) {
    this.#handles = handles
  }

  record(value: number, context: Context | undefined): void {
    for (const handle of this.#handles) handle.record(value, context)
  }
}
