import type { Meter } from '@opentelemetry/api'
import type { InstrumentDefinition } from '@vr/otel-instruments'
import type { EventDropReason, EventWriter } from './event-writer.ts'

const REASONS: Readonly<Record<EventDropReason, true>> = { queue_full: true, write_failed: true }

const REASON = {
  name: 'reason',
  values: Object.keys(REASONS),
  overflow: undefined,
  description: 'why the event was dropped',
} as const

/** Definitions of the instruments of {@link observeEvents}, in the group `self`. */
export const EVENT_METRIC_DEFINITIONS = {
  written: {
    name: 'vr_otel.metric_events.written',
    kind: 'counter',
    unit: '{event}',
    description: 'Metric events written to the destination of VR_METRIC_EVENTS.',
    attributes: [],
  },
  dropped: {
    name: 'vr_otel.metric_events.dropped',
    kind: 'counter',
    unit: '{event}',
    description: 'Metric events dropped, because the queue was full or writing failed.',
    attributes: [REASON],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Creates the instruments of a writer, which are read at each collection. */
export function observeEvents(meter: Meter, writer: Pick<EventWriter, 'written' | 'dropped'>): void {
  const { written, dropped } = EVENT_METRIC_DEFINITIONS
  meter.createObservableCounter(written.name, written).addCallback((result) => result.observe(writer.written))
  meter.createObservableCounter(dropped.name, dropped).addCallback((result) => {
    for (const [reason, count] of writer.dropped) result.observe(count, { reason })
  })
}
