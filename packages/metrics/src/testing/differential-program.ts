import type { Attributes } from '@opentelemetry/api'
import type { AggregationOption } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { AGGREGATION } from '../sdk-values.ts'

/** Instrument types, as suffixes of the meter's `create…` methods. */
export const SYNC_TYPES = ['Counter', 'UpDownCounter', 'Histogram', 'Gauge'] as const
export const OBSERVABLE_TYPES = ['ObservableCounter', 'ObservableUpDownCounter', 'ObservableGauge'] as const

export type SyncType = (typeof SYNC_TYPES)[number]
export type ObservableType = (typeof OBSERVABLE_TYPES)[number]

export interface InstrumentSpec {
  readonly kind: SyncType | ObservableType
  readonly meter: number
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly valueType: 0 | 1
  readonly boundaries: number[] | undefined
  readonly isBatch: boolean
}

export interface ViewSpec {
  readonly instrumentName: string
  readonly rename: boolean
  readonly description: string | undefined
  readonly aggregation: AggregationOption | undefined
  readonly allow: string[] | undefined
  readonly deny: string[] | undefined
}

export type Step =
  | {
      readonly do: 'record'
      readonly instrument: number
      readonly value: number
      readonly attributes: Attributes | undefined
      readonly bound: boolean
    }
  | {
      readonly do: 'observe'
      readonly name: string
      readonly increase: number
      readonly attributes: Attributes
    }
  | { readonly do: 'collect'; readonly reader: number }
  | { readonly do: 'wait'; readonly millis: number }

/** A program that runs on two providers: creates readers, views and instruments, then performs the steps. */
export interface Program {
  /** 0 delta, 1 cumulative, 2 low memory: delta for synchronous counters and histograms. */
  readonly readers: readonly (0 | 1 | 2)[]
  /** Cardinality limit of the readers; undefined for the default. */
  readonly limit: number | undefined
  readonly instruments: readonly InstrumentSpec[]
  readonly views: readonly ViewSpec[]
  readonly steps: readonly Step[]
}

const NAMES = ['a', 'b.c', 'd/e']

// Sums of these numbers are exact in any order, so that results can be compared with ===.
const value = fc.oneof(
  fc.integer({ min: -20, max: 2_000 }),
  fc.integer({ min: -40, max: 400 }).map((n) => n / 8),
  fc.constantFrom(0, -0, 1e6, 2 ** 40, 2 ** -20),
)

const attributeValue = fc.constantFrom<unknown>(
  'x',
  'y',
  '1',
  1,
  2.5,
  true,
  'true',
  null,
  ['x', 'y'],
  ['x'],
  '',
)

/** Few keys, so that the same sets occur repeatedly, in any order. */
const attributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('k', 'l', 'm', ''), attributeValue), {
    maxLength: 3,
    selector: ([key]) => key,
  })
  .map((entries) => Object.fromEntries(entries))

const boundaries = fc.uniqueArray(
  fc.constantFrom(-5, 0, 0.5, 1, 5, 10, 100, 1_000, Number.POSITIVE_INFINITY),
  {
    maxLength: 6,
  },
)

const instrument: fc.Arbitrary<InstrumentSpec> = fc.record({
  kind: fc.constantFrom(...SYNC_TYPES, ...SYNC_TYPES, ...OBSERVABLE_TYPES),
  meter: fc.constantFrom(0, 0, 1),
  name: fc.constantFrom(...NAMES),
  unit: fc.constantFrom('', '', 's'),
  description: fc.constantFrom('', 'short', 'longer text'),
  valueType: fc.constantFrom<0 | 1>(1, 1, 0),
  boundaries: fc.option(boundaries, { nil: undefined }),
  isBatch: fc.boolean(),
})

const scalarAggregation = fc.constantFrom<AggregationOption>(
  { type: AGGREGATION.DEFAULT },
  { type: AGGREGATION.DROP },
  { type: AGGREGATION.SUM },
  { type: AGGREGATION.LAST_VALUE },
)

const histogramAggregation: fc.Arbitrary<AggregationOption> = fc.oneof(
  fc.constant({ type: AGGREGATION.EXPLICIT_BUCKET_HISTOGRAM }),
  fc
    .record({ boundaries, recordMinMax: fc.boolean() })
    .map((options) => ({ type: AGGREGATION.EXPLICIT_BUCKET_HISTOGRAM, options })),
  fc
    .record({ maxSize: fc.constantFrom(2, 3, 7, 20, 160), recordMinMax: fc.boolean() })
    .map((options) => ({ type: AGGREGATION.EXPONENTIAL_HISTOGRAM, options })),
)

const keys = fc.option(fc.subarray(['k', 'l', 'm']), { nil: undefined })

/** A view for one instrument name. Excludes options for which sdk-metrics mishandles observed values (README.md). */
function viewOf(instrumentName: string, isObserved: boolean): fc.Arbitrary<ViewSpec> {
  return fc.record({
    instrumentName: fc.constant(instrumentName),
    rename: fc.boolean(),
    description: fc.constantFrom(undefined, undefined, 'of the view'),
    aggregation: fc.option(
      isObserved ? scalarAggregation : fc.oneof(scalarAggregation, histogramAggregation),
      {
        nil: undefined,
      },
    ),
    allow: isObserved ? fc.constant(undefined) : keys,
    deny: isObserved ? fc.constant(undefined) : keys,
  })
}

function stepsOf(
  instruments: readonly InstrumentSpec[],
  readers: number,
  { allowsReset, allowsBound }: { allowsReset: boolean; allowsBound: boolean },
): fc.Arbitrary<Step[]> {
  const record = fc.record({
    do: fc.constant('record' as const),
    instrument: fc.nat(instruments.length - 1),
    value,
    attributes: fc.option(attributes, { nil: undefined, freq: 8 }),
    bound: allowsBound ? fc.boolean() : fc.constant(false),
  })
  const observe = fc.record({
    do: fc.constant('observe' as const),
    name: fc.constantFrom(...NAMES),
    increase: fc.integer({ min: allowsReset ? -30 : 0, max: 100 }),
    attributes,
  })
  const collect = fc.record({ do: fc.constant('collect' as const), reader: fc.nat(readers - 1) })
  const wait = fc.record({ do: fc.constant('wait' as const), millis: fc.nat(5_000) })
  return fc.array(
    fc.oneof(
      { weight: 8, arbitrary: record },
      { weight: 3, arbitrary: observe },
      { weight: 2, arbitrary: collect },
      { weight: 1, arbitrary: wait },
    ),
    { minLength: 5, maxLength: 120, size: 'max' },
  )
}

/**
 * Whether an asynchronous instrument is created twice. sdk-metrics then processes each observation twice per
 * collection, and the second one hides a reset that the first one showed.
 */
function hasDuplicateObservable(instruments: readonly InstrumentSpec[]): boolean {
  const observed = instruments.filter(({ kind }) => kind.startsWith('Observable'))
  return new Set(observed.map(({ meter, name }) => `${meter} ${name}`)).size < observed.length
}

/** Programs for which both providers must export the same metrics, except the differences listed in README.md. */
export const program: fc.Arbitrary<Program> = fc
  .record({
    readers: fc.array(fc.constantFrom<0 | 1 | 2>(0, 1, 2), { minLength: 1, maxLength: 3 }),
    instruments: fc.array(instrument, { minLength: 1, maxLength: 6 }),
    viewed: fc.subarray(NAMES),
    limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 2 }),
  })
  .chain(({ readers, instruments, viewed, limit }) => {
    const observed = new Set(
      instruments.filter(({ kind }) => kind.startsWith('Observable')).map(({ name }) => name),
    )
    // The limit of sdk-metrics restarts at every collection, and views disable it. So the limit is comparable only for delta
    // readers without views.
    const isLimited = readers.every((reader) => reader === 0) && observed.size === 0 && viewed.length === 0
    return fc.record({
      readers: fc.constant(readers),
      limit: fc.constant(isLimited ? limit : undefined),
      instruments: fc.constant(instruments),
      views: fc.tuple(...viewed.map((name) => viewOf(name, observed.has(name)))),
      steps: stepsOf(instruments, readers.length, {
        allowsReset: readers.length === 1 && !hasDuplicateObservable(instruments),
        // A bound handle reserves capacity in later intervals until it is garbage collected, which is not
        // deterministic.
        allowsBound: !isLimited || limit === undefined,
      }),
    })
  })
