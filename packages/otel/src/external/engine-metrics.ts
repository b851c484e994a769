import type { HrTime } from '@opentelemetry/api'
import type { InstrumentDefinition } from '@vr/otel-instruments'
import {
  type DropReason,
  type Family,
  FETCH_FAULTS,
  type MetricData,
  type UpstreamState,
} from '@vr/otel-metrics/engine'
import { CUMULATIVE, GAUGE_POINT, SUM_POINT } from '@vr/otel-metrics/internal'

const UPSTREAM = {
  name: 'upstream',
  values: [],
  limit: 100,
  overflow: undefined,
  description: 'the engine: `host:port`, or its name in `VR_ENGINE_METRICS_URL`',
} as const

const FAULT = {
  name: 'reason',
  values: FETCH_FAULTS,
  overflow: undefined,
  description: 'why no metrics were read',
} as const

const DROPPED = {
  name: 'reason',
  values: ['conflict', 'unsafe'] satisfies readonly DropReason[],
  overflow: undefined,
  description:
    '`conflict`: another engine has a metric of this name with another type; `unsafe`: a name has markup',
} as const

const TYPE = {
  name: 'type',
  values: ['summary', 'unknown', 'info', 'stateset', 'gaugehistogram'],
  overflow: undefined,
  description: 'the type of the metrics, which OpenTelemetry does not have',
} as const

/** Definitions of the metrics about engines, in the group `self`. They belong to one collection and are not merged. */
export const ENGINE_METRIC_DEFINITIONS = {
  up: {
    name: 'vr_otel.engine.up',
    kind: 'gauge',
    unit: '{engine}',
    description: 'Whether the metrics of the engine were read: 1, or 0.',
    attributes: [UPSTREAM],
    merge: 'max',
  },
  age: {
    name: 'vr_otel.engine.age',
    kind: 'gauge',
    unit: 's',
    description:
      'Age of the metrics of the engine. Those of a failed engine are exposed until they are 15 s old.',
    attributes: [UPSTREAM],
    merge: 'max',
  },
  errors: {
    name: 'vr_otel.engine.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Failed requests for the metrics of the engine.',
    attributes: [UPSTREAM, FAULT],
  },
  dropped: {
    name: 'vr_otel.engine.dropped',
    kind: 'gauge',
    unit: '{metric}',
    description: 'Metrics of the engine that are not exposed.',
    attributes: [UPSTREAM, DROPPED],
    merge: 'max',
  },
  notPushed: {
    name: 'vr_otel.engine.not_pushed',
    kind: 'gauge',
    unit: '{series}',
    description: 'Series of engines that OTLP cannot have. Scrapes have them.',
    attributes: [TYPE],
    merge: 'max',
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Returns the metrics about engines at one time. */
export function describeEngines(
  states: readonly UpstreamState[],
  families: readonly Family[],
  startTime: HrTime,
  endTime: HrTime,
): MetricData[] {
  const { up, age, errors, dropped, notPushed } = ENGINE_METRIC_DEFINITIONS
  const metric = ({ name, unit, description, kind }: InstrumentDefinition, points: Points): MetricData => ({
    descriptor: { name, unit, description, valueType: 1 },
    aggregationTemporality: CUMULATIVE,
    ...(kind === 'counter'
      ? { dataPointType: SUM_POINT, isMonotonic: true }
      : { dataPointType: GAUGE_POINT }),
    dataPoints: points.map(([attributes, value]) => ({ attributes, startTime, endTime, value })),
  })
  return [
    metric(
      up,
      states.map(({ upstream, isUp }) => [{ upstream }, Number(isUp)]),
    ),
    metric(
      age,
      states.flatMap(({ upstream, ageSeconds: s }) => (s === undefined ? [] : [[{ upstream }, s]])),
    ),
    metric(
      errors,
      states.flatMap((state) => byReason(state, state.errors)),
    ),
    metric(
      dropped,
      states.flatMap((state) => byReason(state, state.dropped)),
    ),
    metric(
      notPushed,
      TYPE.values.flatMap((type) => countSeries(families, type)),
    ),
  ]
}

type Points = readonly (readonly [attributes: Readonly<Record<string, string>>, value: number])[]

const byReason = ({ upstream }: UpstreamState, counts: Readonly<Record<string, number>>): Points =>
  Object.entries(counts).flatMap(([reason, count]) => (count === 0 ? [] : [[{ upstream, reason }, count]]))

function countSeries(families: readonly Family[], type: string): Points {
  const count = families.reduce(
    (total, family) => total + (family.type === type ? family.points.length : 0),
    0,
  )
  return count === 0 ? [] : [[{ type }, count]]
}
