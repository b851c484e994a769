import type { Context } from '@opentelemetry/api'
import type { InstrumentationScope } from '@opentelemetry/core'
import type { AggregationTemporality, IMetricReader } from '@opentelemetry/sdk-metrics'
import type { ExemplarSampler } from '../exemplars/sampler.ts'
import { logger } from '../logger.ts'
import type { Aggregation } from '../series/aggregation.ts'
import { type InstrumentDescriptor, isAsynchronous } from '../series/instrument-descriptor.ts'
import { DELTA, type StreamOptions } from '../series/stream.ts'
import { chooseAggregation, defaultAggregation } from '../views/choose-aggregation.ts'
import type { View } from '../views/view.ts'

/** A stream that an instrument feeds. */
export interface StreamPlan {
  /** Instruments with equal keys feed one stream. */
  readonly key: string
  readonly options: StreamOptions
  readonly readers: readonly IMetricReader[]
}

/** What a provider knows that streams depend on. */
export interface StreamSettings {
  readonly readers: readonly IMetricReader[]
  readonly views: readonly View[]
  /** Undefined if the provider was given none: then the reader's holds. */
  readonly cardinalityLimit: number | undefined
  readonly sampler: ExemplarSampler | undefined
  readonly activeContext: () => Context
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Limit of series per stream where nothing else is said (metrics/sdk.md "Cardinality limits"). */
const DEFAULT_LIMIT = 2_000

/**
 * The streams of an instrument: one for every view that selects it, or one as the instrument is; cumulative readers
 * that want the same share it, and every delta reader (and every reader of an asynchronous instrument) has its own.
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

/** A view that makes no sense for the instrument counts as not there (metrics/sdk.md "View"). */
function isApplicable(view: View, instrument: InstrumentDescriptor): boolean {
  if (view.aggregation === undefined) return true
  if (chooseAggregation(view.aggregation, instrument) !== 'unsuitable') return true
  logger.warn(
    `metric "${instrument.name}": the aggregation of a view does not suit a ${instrument.type}; view ignored`,
  )
  return false
}

/** A selector of the reader may throw, and a reader brings nothing that the application may meet. */
function planStreamSafely(...request: Parameters<typeof planStream>): StreamPlan | undefined {
  try {
    return planStream(...request)
  } catch (error) {
    logger.error(`metric "${request[0].name}": a reader does not get it, since its selector threw`, error)
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
  const isOwn = temporality === DELTA || isAsynchronous(instrument.type)
  const key = [
    descriptor.name.toLowerCase(),
    descriptor.type,
    descriptor.unit,
    descriptor.valueType,
    aggregation.key,
    view?.key ?? '',
    temporality,
    limit,
    isOwn ? readerNumber : 'all',
  ]
  const options = optionsFor({ descriptor, aggregation, temporality, limit }, view, settings)
  return { key: JSON.stringify(key), options, readers: [reader] }
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

/** What a view leaves open comes from the reader (metrics/sdk.md "Stream configuration"). */
function aggregationFor(
  instrument: InstrumentDescriptor,
  view: View | undefined,
  reader: IMetricReader,
): Aggregation | 'drop' {
  const chosen = chooseAggregation(view?.aggregation ?? reader.selectAggregation(instrument.type), instrument)
  return chosen === 'unsuitable' ? defaultAggregation(instrument) : chosen
}

/**
 * The view's limit, else the reader's, else the provider's. Upstream's readers always answer, 2000 if they were told
 * nothing: that answer leaves the question to the provider.
 */
function limitFor(
  instrument: InstrumentDescriptor,
  view: View | undefined,
  reader: IMetricReader,
  settings: StreamSettings,
): number {
  const asked = reader.selectCardinalityLimit?.(instrument.type)
  const ofReader = asked === DEFAULT_LIMIT ? undefined : asked
  for (const limit of [view?.cardinalityLimit, ofReader, settings.cardinalityLimit]) {
    if (typeof limit === 'number' && limit >= 1) return Math.trunc(limit)
  }
  return DEFAULT_LIMIT
}
