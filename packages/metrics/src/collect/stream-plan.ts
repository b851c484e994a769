import type { Context } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { AggregationTemporality, IMetricReader } from '@opentelemetry/sdk-metrics'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import { DELTA } from '../sdk-values.ts'
import type { Aggregation } from '../series/aggregation.ts'
import { type InstrumentDescriptor, isAsynchronous } from '../series/instrument-descriptor.ts'
import type { StreamOptions } from '../series/stream.ts'
import { chooseAggregation, defaultAggregation } from '../views/choose-aggregation.ts'
import type { View } from '../views/view.ts'
import { ChangeReader } from './change-reader.ts'

/** Configuration of a stream of an instrument, before the stream is created or shared. */
export interface StreamPlan {
  /** Plans with the same key share one stream. */
  readonly key: string
  /** Plans with the same identity are streams of one metric, with the same aggregation, for different readers. */
  readonly identity: string
  /** Before the view. */
  readonly instrument: InstrumentDescriptor
  readonly options: StreamOptions
  readonly readers: readonly IMetricReader[]
}

/** Settings of a provider that its streams depend on. */
export interface StreamSettings {
  /** A provider adds the reader of a change tracker later. */
  readonly readers: IMetricReader[]
  readonly views: readonly View[]
  /** Undefined if the provider has no limit of its own. */
  readonly cardinalityLimit: number | undefined
  readonly sampler: ExemplarSampler | undefined
  readonly activeContext: () => Context
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Default cardinality limit (metrics/sdk.md "Cardinality limits"). */
const DEFAULT_LIMIT = 2_000

/**
 * Returns the streams of an instrument: one for each matching view, or the default stream if no view matches.
 * Cumulative readers with equal settings share a stream. Delta readers, and all readers of asynchronous instruments,
 * have streams of their own.
 */
export function planStreams(
  instrument: InstrumentDescriptor,
  scope: InstrumentationScope,
  settings: StreamSettings,
): StreamPlan[] {
  const views = settings.views.filter(
    (view) => view.matches(instrument, scope) && isApplicable(view, instrument),
  )
  const plans = new Map<string, StreamPlan>()
  for (const view of views.length > 0 ? views : [undefined]) {
    for (const [i, reader] of settings.readers.entries()) {
      const plan = planStreamSafely(instrument, view, reader, i, settings)
      if (plan === undefined) continue
      const known = plans.get(plan.key)
      const readers = known === undefined ? [reader] : [...new Set([...known.readers, reader])]
      plans.set(plan.key, { ...plan, readers })
    }
  }
  return [...plans.values()]
}

/** Whether the view's aggregation is supported for the instrument; otherwise the view is ignored (metrics/sdk.md "View"). */
function isApplicable(view: View, instrument: InstrumentDescriptor): boolean {
  if (view.aggregation === undefined) return true
  if (chooseAggregation(view.aggregation, instrument) !== 'unsuitable') return true
  logger.warn(
    `metric "${instrument.name}": view ignored: its aggregation is not supported for ${instrument.type}, the default is used; change the aggregation or the selector of the view`,
  )
  return false
}

/** `planStream`, but an error of the reader's selectors is logged and must not reach the application. */
function planStreamSafely(...request: Parameters<typeof planStream>): StreamPlan | undefined {
  try {
    return planStream(...request)
  } catch (error) {
    logger.error(`metric "${request[0].name}" is not exported to a reader whose selector threw`, error)
    return undefined
  }
}

function planStream(
  instrument: InstrumentDescriptor,
  view: View | undefined,
  reader: IMetricReader,
  readerNumber: number,
  settings: StreamSettings,
): StreamPlan | undefined {
  const aggregation = aggregationFor(instrument, view, reader)
  if (aggregation === 'drop') return undefined
  const temporality = reader.selectAggregationTemporality(instrument.type)
  const limit = limitFor(instrument, view, reader, settings)
  const descriptor = describeStream(instrument, view)
  const isPerReader = temporality === DELTA || isAsynchronous(instrument.type)
  const readerName = reader instanceof ChangeReader ? 'changes' : readerNumber
  const identity = [
    descriptor.name.toLowerCase(),
    descriptor.type,
    descriptor.unit,
    descriptor.valueType,
    aggregation.key,
    view?.key ?? '',
  ]
  const key = [...identity, temporality, limit, isPerReader ? readerName : 'all']
  const options = optionsFor({ descriptor, aggregation, temporality, limit }, view, settings)
  return {
    key: JSON.stringify(key),
    identity: JSON.stringify(identity),
    instrument,
    options,
    readers: [reader],
  }
}

function optionsFor(
  stream: {
    descriptor: InstrumentDescriptor
    aggregation: Aggregation
    temporality: AggregationTemporality
    limit: number
  },
  view: View | undefined,
  { sampler, now }: StreamSettings,
): StreamOptions {
  const { aggregation } = stream
  const factory = view?.exemplarReservoir
  return {
    ...stream,
    transform: view?.transform,
    sampler,
    createReservoir:
      factory === undefined ? aggregation.createReservoir : () => factory(aggregation.reservoirStream),
    now,
  }
}

function describeStream(instrument: InstrumentDescriptor, view: View | undefined): InstrumentDescriptor {
  if (view?.name === undefined && view?.description === undefined) return instrument
  return {
    ...instrument,
    name: view.name ?? instrument.name,
    description: view.description ?? instrument.description,
  }
}

/** The view's aggregation, else the reader's (metrics/sdk.md "Stream configuration"). */
function aggregationFor(
  instrument: InstrumentDescriptor,
  view: View | undefined,
  reader: IMetricReader,
): Aggregation | 'drop' {
  const chosen = chooseAggregation(view?.aggregation ?? reader.selectAggregation(instrument.type), instrument)
  return chosen === 'unsuitable' ? defaultAggregation(instrument) : chosen
}

/**
 * The view's limit, else the reader's, else the provider's. The readers of sdk-metrics always return a limit, 2000 if
 * none was configured: 2000 from a reader therefore counts as not configured.
 */
function limitFor(
  instrument: InstrumentDescriptor,
  view: View | undefined,
  reader: IMetricReader,
  settings: StreamSettings,
): number {
  const selected = reader.selectCardinalityLimit?.(instrument.type)
  const readerLimit = selected === DEFAULT_LIMIT ? undefined : selected
  for (const limit of [view?.cardinalityLimit, readerLimit, settings.cardinalityLimit]) {
    if (typeof limit === 'number' && limit >= 1) return Math.trunc(limit)
  }
  return DEFAULT_LIMIT
}
