import type { Meter } from '@opentelemetry/api'
import type { InstrumentDefinition } from '@vr/otel-instruments'

const STATE = {
  name: 'state',
  values: ['live', 'stale'],
  overflow: undefined,
  description: '`stale`: no push for 3 s',
} as const

const REASON = {
  name: 'reason',
  values: ['size', 'syntax', 'type', 'value', 'unknown_id', 'limit'],
  overflow: 'other',
  description: 'why the message was refused',
} as const

/** Definitions of the instruments of {@link observeCluster} and {@link scrapeComplete}, in the group `self`. */
export const CLUSTER_METRIC_DEFINITIONS = {
  workers: {
    name: 'vr_otel.workers',
    kind: 'up_down_counter',
    unit: '{worker}',
    description: 'Processes whose metrics are merged, without the one that merges them.',
    attributes: [STATE],
    merge: 'sum',
  },
  pushAge: {
    name: 'vr_otel.worker.push_age',
    kind: 'gauge',
    unit: 's',
    description: 'Time since the last push of the worker that has been silent for the longest time.',
    attributes: [],
    merge: 'max',
  },
  received: {
    name: 'vr_otel.cluster.received',
    kind: 'counter',
    unit: 'By',
    description: 'Messages received from workers.',
    attributes: [],
  },
  dropped: {
    name: 'vr_otel.cluster.dropped',
    kind: 'counter',
    unit: '{message}',
    description: 'Messages of workers that were refused.',
    attributes: [REASON],
  },
  conflicts: {
    name: 'vr_otel.cluster.merge_conflicts',
    kind: 'counter',
    unit: '{metric}',
    description:
      'Metrics of workers that were not merged, because another worker has a metric of this name with another type, unit or other bucket bounds.',
    attributes: [],
  },
  scrapeComplete: {
    name: 'vr_otel.scrape_complete',
    kind: 'gauge',
    unit: '{scrape}',
    description:
      'Whether this scrape has the newest values of all workers: 1, or 0 if a worker did not answer in time. Scrapes only.',
    attributes: [],
    merge: 'min',
  },
} as const satisfies Record<string, InstrumentDefinition>

/** State of the workers of a process, at one time. */
export interface ClusterReading {
  readonly live: number
  readonly stale: number
  /** Seconds since the last push of the worker that has been silent for the longest time; `undefined` without workers. */
  readonly oldestPushAge: number | undefined
  /** Bytes received from workers since the start. */
  readonly receivedBytes: number
  /** Refused messages since the start, by reason. */
  readonly dropped: Iterable<readonly [reason: string, count: number]>
  /** Metrics that were not merged since the start. */
  readonly conflicts: number
}

/**
 * Creates the instruments of a process that aggregates, which are read at each collection.
 * @param read returns `undefined` while this process does not aggregate
 */
export function observeCluster(meter: Meter, read: () => ClusterReading | undefined): void {
  const { workers, pushAge, received, dropped, conflicts } = CLUSTER_METRIC_DEFINITIONS
  const instruments = {
    workers: meter.createObservableUpDownCounter(workers.name, workers),
    pushAge: meter.createObservableGauge(pushAge.name, pushAge),
    received: meter.createObservableCounter(received.name, received),
    dropped: meter.createObservableCounter(dropped.name, dropped),
    conflicts: meter.createObservableCounter(conflicts.name, conflicts),
  }
  meter.addBatchObservableCallback((result) => {
    const reading = read()
    if (reading === undefined) return
    result.observe(instruments.workers, reading.live, { state: 'live' })
    result.observe(instruments.workers, reading.stale, { state: 'stale' })
    if (reading.oldestPushAge !== undefined) result.observe(instruments.pushAge, reading.oldestPushAge)
    result.observe(instruments.received, reading.receivedBytes)
    for (const [reason, count] of reading.dropped) result.observe(instruments.dropped, count, { reason })
    result.observe(instruments.conflicts, reading.conflicts)
  }, Object.values(instruments))
}
