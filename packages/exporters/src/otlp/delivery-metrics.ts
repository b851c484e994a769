import type { Attributes, Meter } from '@opentelemetry/api'
import type { DeliveryCounts, DeliveryStats, DropReason, Signal } from './delivery-stats.ts'

const SIGNALS: Readonly<Record<Signal, true>> = { traces: true, metrics: true }

const SIGNAL = {
  name: 'signal',
  values: Object.keys(SIGNALS),
  overflow: undefined,
  description: 'the signal of the telemetry',
} as const

const REASONS: Readonly<Record<DropReason, true>> = {
  queue_full: true,
  superseded: true,
  refused: true,
  rejected: true,
  retries_exhausted: true,
  unencodable: true,
  shutdown: true,
}

const REASON = {
  name: 'reason',
  values: Object.keys(REASONS) as DropReason[],
  overflow: undefined,
  description: 'why the telemetry was dropped',
} as const

const UNIT = '{item}'

/** Definitions of the instruments of {@link observeDeliveryStats}. */
export const DELIVERY_METRIC_DEFINITIONS = {
  created: {
    name: 'vr_otel.telemetry.created',
    kind: 'counter',
    unit: UNIT,
    description: 'Spans and data points created for export.',
    attributes: [SIGNAL],
  },
  exported: {
    name: 'vr_otel.telemetry.exported',
    kind: 'counter',
    unit: UNIT,
    description: 'Spans and data points accepted by the collector.',
    attributes: [SIGNAL],
  },
  dropped: {
    name: 'vr_otel.telemetry.dropped',
    kind: 'counter',
    unit: UNIT,
    description: 'Spans and data points dropped, by reason.',
    attributes: [SIGNAL, REASON],
  },
  queued: {
    name: 'vr_otel.telemetry.queued',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: UNIT,
    description: 'Spans and data points in the queue or in a request that is being sent.',
    attributes: [SIGNAL],
  },
} as const

/**
 * Exposes delivery statistics as metrics: `vr_otel.telemetry.created`, `.exported`, `.dropped` (with
 * `reason`) and `.queued`, all with `signal`. In every collection created = exported + dropped + queued.
 * @param stats one for each signal
 */
export function observeDeliveryStats(meter: Meter, stats: readonly DeliveryStats[]): void {
  const {
    created: ofCreated,
    exported: ofExported,
    dropped: ofDropped,
    queued: ofQueued,
  } = DELIVERY_METRIC_DEFINITIONS
  const created = meter.createObservableCounter(ofCreated.name, ofCreated)
  const exported = meter.createObservableCounter(ofExported.name, ofExported)
  const dropped = meter.createObservableCounter(ofDropped.name, ofDropped)
  const queued = meter.createObservableUpDownCounter(ofQueued.name, ofQueued)
  const observed = [created, exported, dropped, queued]
  meter.addBatchObservableCallback((result) => {
    for (const one of stats) {
      const signal: Attributes = { signal: one.signal }
      const counts: DeliveryCounts = one.snapshot()
      result.observe(created, counts.created, signal)
      result.observe(exported, counts.exported, signal)
      result.observe(queued, counts.queued, signal)
      for (const reason of REASON.values) {
        const count = counts.dropped.get(reason)
        if (count !== undefined) result.observe(dropped, count, { ...signal, reason })
      }
    }
  }, observed)
}
