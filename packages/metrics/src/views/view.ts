import type { InstrumentationScope } from '@opentelemetry/core'
import type { AggregationOption } from '@opentelemetry/sdk-metrics'
import type { ExemplarReservoirFactory } from '../exemplars/reservoir.ts'
import { logger } from '../logger.ts'
import { AGGREGATION } from '../sdk-values.ts'
import type { InstrumentDescriptor } from '../series/instrument-descriptor.ts'
import { AttributeBounds, type AttributeOverflow } from './attribute-bounds.ts'
import { type AttributeTransform, ProcessorTransform, TransformSequence } from './attribute-transform.ts'
import { isAggregationType } from './choose-aggregation.ts'
import { asKeyFilter } from './key-filter.ts'
import { hasWildcard, namePattern } from './name-pattern.ts'
import type { ViewOptions } from './view-options.ts'

let lastId = 0

/** A validated view of a provider. */
export class View {
  readonly name: string | undefined
  readonly description: string | undefined
  readonly aggregation: AggregationOption | undefined
  readonly cardinalityLimit: number | undefined
  readonly exemplarReservoir: ExemplarReservoirFactory | undefined
  readonly transform: AttributeTransform | undefined
  /** Two views with the same key process attributes and exemplars in the same way. */
  readonly key: string
  readonly #options: ViewOptions
  readonly #pattern: RegExp | undefined
  readonly #bounds: AttributeBounds | undefined

  /**
   * @throws Error if there is no selection criterion, if the view has a name and can select more than one instrument,
   * if the aggregation type is unknown, or if the histogram boundaries are not an array
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

  /** Number of values that the bounds of this view replaced. */
  get overflows(): AttributeOverflow[] {
    const instrumentName = this.#options.instrumentName ?? '*'
    return (this.#bounds?.overflows ?? []).map(([attribute, count]) => ({ instrumentName, attribute, count }))
  }

  /** Whether the view selects this instrument. Absent criteria match everything. */
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
    throw new Error(
      'view without selection criteria: set instrumentName, instrumentType, instrumentUnit, meterName, meterVersion or meterSchemaUrl',
    )
  }
  if (options.name != null && (instrumentName == null || hasWildcard(instrumentName))) {
    throw new Error(
      `view with name "${options.name}": set instrumentName without * or ?, so that one instrument matches`,
    )
  }
}

function assertAggregation({ aggregation }: ViewOptions): void {
  const type: unknown = aggregation?.type
  if (aggregation !== undefined && !isAggregationType(type)) {
    throw new Error(`view with aggregation type ${String(type)}: expected an AggregationType, 0 to 5`)
  }
  if (aggregation?.type !== AGGREGATION.EXPLICIT_BUCKET_HISTOGRAM) return
  const boundaries: unknown = 'options' in aggregation ? aggregation.options?.boundaries : undefined
  if (boundaries != null && !Array.isArray(boundaries))
    throw new Error('view with histogram boundaries that are not an array')
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
    if (!isReported)
      logger.warn(
        `view for "${instrumentName}": attributes removed, the attribute processor threw (reported once)`,
        error,
      )
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
