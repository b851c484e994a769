import type { Attributes } from '@opentelemetry/api'
import { type AggregationOption, AggregationType } from '@opentelemetry/sdk-metrics'
import type { Meter } from '../provider/meter.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import type { ViewOptions } from '../views/view-options.ts'
import { type CollectingReader, readerOf } from './collecting-reader.ts'

/** A reader that wants everything cumulative. */
export const cumulative = () => readerOf(1)

/** A reader that wants everything as delta. */
export const delta = () => readerOf(0)

/** A cumulative reader with this cardinality limit. */
export const withLimit = (limit: number) => readerOf(1, { cardinalitySelector: () => limit })

/** A cumulative reader that drops everything. */
export const dropping = () => readerOf(1, { aggregationSelector: () => ({ type: AggregationType.DROP }) })

/** An explicit bucket histogram with one bound. */
export const explicit: AggregationOption = {
  type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
  options: { boundaries: [5] },
}

/** An exponential histogram. */
export const exponential: AggregationOption = { type: AggregationType.EXPONENTIAL_HISTOGRAM }

/** The meter `m` of a new provider. */
export function open(
  readers: CollectingReader[],
  views: ViewOptions[] = [],
  now: () => number = Date.now,
): Meter {
  return new MeterProvider({ readers, views, now }).getMeter('m')
}

/** Attributes and value of the points of the metric, collected now. */
export async function pointsOf(reader: CollectingReader, name = 'x'): Promise<[Attributes, unknown][]> {
  return (await reader.points(name)).map(({ attributes, value }) => [attributes, value])
}

/** How many points the metric `x` has now. */
export async function sizeOf(reader: CollectingReader): Promise<number> {
  return (await pointsOf(reader)).length
}
