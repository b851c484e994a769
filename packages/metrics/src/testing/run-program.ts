import type {
  MeterProvider as ApiMeterProvider,
  Attributes,
  Meter,
  ObservableResult,
} from '@opentelemetry/api'
import {
  type AggregationTemporality,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  type IMetricReader,
  type InstrumentType,
  type ResourceMetrics,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics'
import { CollectingReader } from './collecting-reader.ts'
import type { InstrumentSpec, Program, ViewSpec } from './differential-program.ts'

/** Creates one of the two providers. */
export type OpenProvider = (options: { readers: IMetricReader[]; views: ViewOptions[] }) => ApiMeterProvider

/** Current values of asynchronous instruments, by instrument name and attribute set. */
type Observed = Map<string, Map<string, { attributes: Attributes; value: number }>>

interface Recorder {
  add?(value: number, attributes?: Attributes): void
  record?(value: number, attributes?: Attributes): void
  bind?(attributes?: Attributes): Recorder
}

/**
 * Runs a program. At its end, each reader collects once more.
 *
 * @param wait advances the clock
 * @returns the results of all collections, in order
 */
export async function runProgram(
  program: Program,
  open: OpenProvider,
  limit: number | undefined,
  wait: (millis: number) => void,
): Promise<ResourceMetrics[]> {
  const readers = program.readers.map((temporality) => createReader(temporality, limit))
  const provider = open({ readers, views: program.views.map(viewOptionsOf) })
  const observed: Observed = new Map()
  const instruments = program.instruments.map((spec) => createInstrument(provider, spec, observed))
  const results: ResourceMetrics[] = []
  const collect = async (reader: CollectingReader | undefined) => {
    if (reader !== undefined) results.push((await reader.collect()).resourceMetrics)
  }
  for (const step of program.steps) {
    if (step.do === 'wait') wait(step.millis)
    else if (step.do === 'collect') await collect(readers[step.reader])
    else if (step.do === 'observe') change(observed, step.name, step.increase, step.attributes)
    else record(instruments[step.instrument], step.value, step.attributes, step.bound)
  }
  for (const reader of readers) await collect(reader)
  return results
}

function createReader(temporality: 0 | 1 | 2, limit: number | undefined): CollectingReader {
  const select = (type: InstrumentType): AggregationTemporality => {
    const isLow: boolean = type === 'COUNTER' || type === 'HISTOGRAM'
    return temporality === 2 ? (isLow ? 0 : 1) : temporality
  }
  return new CollectingReader({
    aggregationTemporalitySelector: select,
    ...(limit === undefined ? undefined : { cardinalitySelector: () => limit }),
  })
}

function viewOptionsOf(view: ViewSpec): ViewOptions {
  const processors = [
    ...(view.allow === undefined ? [] : [createAllowListAttributesProcessor(view.allow)]),
    ...(view.deny === undefined ? [] : [createDenyListAttributesProcessor(view.deny)]),
  ]
  return {
    instrumentName: view.instrumentName,
    ...(view.rename ? { name: `renamed.${view.instrumentName}` } : undefined),
    ...(view.description === undefined ? undefined : { description: view.description }),
    ...(view.aggregation === undefined ? undefined : { aggregation: view.aggregation }),
    ...(processors.length === 0 ? undefined : { attributesProcessors: processors }),
  }
}

function createInstrument(
  provider: ApiMeterProvider,
  spec: InstrumentSpec,
  observed: Observed,
): Recorder | undefined {
  const { kind, name, unit, description, valueType, boundaries, isBatch } = spec
  const meter = provider.getMeter(`meter ${spec.meter}`)
  const advice = boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: boundaries } }
  const options = { unit, description, valueType, ...advice }
  switch (kind) {
    case 'ObservableCounter':
    case 'ObservableUpDownCounter':
    case 'ObservableGauge':
      observe(meter, meter[`create${kind}`](name, options), observed, name, isBatch)
      return undefined
    default:
      return meter[`create${kind}`](name, options)
  }
}

function observe(
  meter: Meter,
  instrument: ReturnType<Meter['createObservableGauge']>,
  observed: Observed,
  name: string,
  isBatch: boolean,
): void {
  const valuesOf = () => observed.get(name)?.values() ?? []
  if (!isBatch) {
    instrument.addCallback((result: ObservableResult) => {
      for (const { value, attributes } of valuesOf()) result.observe(value, attributes)
    })
    return
  }
  meter.addBatchObservableCallback(
    async (result) => {
      await Promise.resolve()
      for (const { value, attributes } of valuesOf()) result.observe(instrument, value, attributes)
    },
    [instrument],
  )
}

function change(observed: Observed, name: string, increase: number, attributes: Attributes): void {
  const ofName = observed.get(name) ?? new Map()
  observed.set(name, ofName)
  const key = JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const value = Math.max(0, (ofName.get(key)?.value ?? 0) + increase)
  ofName.set(key, { attributes, value })
}

/** Records through a bound handle if the program requires one and the provider supports it. */
function record(
  instrument: Recorder | undefined,
  value: number,
  attributes: Attributes | undefined,
  bound: boolean,
): void {
  if (instrument?.bind !== undefined && bound) record(instrument.bind(attributes), value, undefined, false)
  else if (instrument?.add !== undefined) instrument.add(value, attributes)
  else instrument?.record?.(value, attributes)
}
