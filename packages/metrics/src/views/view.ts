import type { InstrumentationScope } from '@opentelemetry/core'
import type { AggregationOption, AggregationType } from '@opentelemetry/sdk-metrics'
import type { ExemplarReservoirFactory } from '../exemplars/reservoir.ts'
import { logger } from '../logger.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { AttributeBounds, type AttributeCut } from './attribute-bounds.ts'
import { type AttributeTransform, ProcessorTransform, TransformSequence } from './attribute-transform.ts'
import { isAggregationType } from './choose-aggregation.ts'
import { asKeyFilter } from './key-filter.ts'
import { hasWildcard, namePattern } from './name-pattern.ts'
import type { ViewOptions } from './view-options.ts'

/** AggregationType.EXPLICIT_BUCKET_HISTOGRAM of upstream. */
const EXPLICIT_BUCKET_HISTOGRAM: AggregationType.EXPLICIT_BUCKET_HISTOGRAM = 4

let lastId = 0

/** One view of a provider, checked. */
export class View {
  readonly name: string | undefined
  readonly description: string | undefined
  readonly aggregation: AggregationOption | undefined
  readonly cardinalityLimit: number | undefined
  readonly exemplarReservoir: ExemplarReservoirFactory | undefined
  readonly transform: AttributeTransform | undefined
  /** Equal keys mean that two views treat attributes and exemplars alike. */
  readonly key: string
  readonly #options: ViewOptions
  readonly #pattern: RegExp | undefined
  readonly #bounds: AttributeBounds | undefined

  /**
   * @throws Error if nothing is selected, if a name is given and more than one instrument may be selected, or if there
   * is no such aggregation, or if its boundaries are no array
   */
  constructor(options: ViewOptions) {
    assertSelective(options)
    assertAggregation(options)
    this.#options = options
    this.#pattern = options.instrumentName == null ? undefined : namePattern(options.instrumentName)
    this.name = options.name
    this.description = options.description
    this.aggregation = options.aggregation
    this.cardinalityLimit = options.aggregationCardinalityLimit
    this.exemplarReservoir = options.exemplarReservoir
    this.#bounds = options.attributeBounds && new AttributeBounds(options.attributeBounds)
    this.transform = inSequence(transformOf(options), this.#bounds)
    lastId += 1
    this.key = this.transform === undefined && this.exemplarReservoir === undefined ? '' : `view ${lastId}`
  }

  /** What the bounds of this view have cut. */
  get cuts(): AttributeCut[] {
    const instrumentName = this.#options.instrumentName ?? '*'
    return (this.#bounds?.cuts ?? []).map(([attribute, count]) => ({ instrumentName, attribute, count }))
  }

  /** Whether the view selects this instrument; criteria that are not given select everything. */
  matches(instrument: InstrumentDescriptor, scope: InstrumentationScope): boolean {
    const { instrumentType, instrumentUnit, meterName, meterVersion, meterSchemaUrl } = this.#options
    return (
      (this.#pattern === undefined || this.#pattern.test(instrument.name)) &&
      (instrumentType == null || instrumentType === instrument.type) &&
      (instrumentUnit == null || instrumentUnit === instrument.unit) &&
      (meterName == null || meterName === scope.name) &&
      (meterVersion == null || meterVersion === (scope.version ?? '')) &&
      (meterSchemaUrl == null || meterSchemaUrl === (scope.schemaUrl ?? ''))
    )
  }
}

function assertSelective(options: ViewOptions): void {
  const { instrumentName, instrumentType, instrumentUnit, meterName, meterVersion, meterSchemaUrl } = options
  const criteria = [instrumentName, instrumentType, instrumentUnit, meterName, meterVersion, meterSchemaUrl]
  if (criteria.every((criterion) => criterion == null)) {
    throw new Error('a view needs at least one criterion: instrumentName, instrumentType, …, meterSchemaUrl')
  }
  if (options.name != null && (instrumentName == null || hasWildcard(instrumentName))) {
    throw new Error(`view "${options.name}": a name needs an instrumentName without * or ?`)
  }
}

function assertAggregation({ aggregation }: ViewOptions): void {
  const type: unknown = aggregation?.type
  if (aggregation !== undefined && !isAggregationType(type)) {
    throw new Error(`a view has an aggregation of type ${String(type)}; there are 0 to 5 (AggregationType)`)
  }
  if (aggregation?.type !== EXPLICIT_BUCKET_HISTOGRAM) return
  const boundaries: unknown = 'options' in aggregation ? aggregation.options?.boundaries : undefined
  if (boundaries != null && !Array.isArray(boundaries))
    throw new Error('a view has histogram boundaries that are no array')
}

function transformOf(options: ViewOptions): AttributeTransform | undefined {
  const processors = options.attributesProcessors ?? []
  const transforms = processors.map(
    (processor) => asKeyFilter(processor) ?? new ProcessorTransform(processor, reportOnce(options)),
  )
  return transforms.reduce<AttributeTransform | undefined>(inSequence, undefined)
}

function reportOnce({ instrumentName = '*' }: ViewOptions): (error: unknown) => void {
  let isReported = false
  return (error) => {
    if (!isReported) logger.warn(`view on "${instrumentName}": an attributes processor threw`, error)
    isReported = true
  }
}

function inSequence(
  first: AttributeTransform | undefined,
  second: AttributeTransform | undefined,
): AttributeTransform | undefined {
  return first !== undefined && second !== undefined
    ? new TransformSequence(first, second)
    : (first ?? second)
}
