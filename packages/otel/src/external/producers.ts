import type { Resource } from '@opentelemetry/resources'
import { SCOPE_NAME } from '@vr/otel-instruments'
import {
  DeltaConverter,
  type Family,
  FamilyConverter,
  type InstrumentType,
  type MetricProducer,
  type ScopeMetrics,
} from '@vr/otel-metrics/engine'
import {
  DELTA,
  type ExposedMetric,
  epochNow,
  HISTOGRAM_POINT,
  processStart,
  SUM_POINT,
} from '@vr/otel-metrics/internal'
import { describeEngines } from './engine-metrics.ts'
import type { ExternalMetrics } from './external-metrics.ts'
import { type ExternalReading, NOTHING } from './external-text.ts'

/** Instrumentation scope of metrics that were read from expositions. */
const EXTERNAL_SCOPE = { name: '@vr/otel/external' }

/** Time limit of a collection whose reader sets none, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 5000

/** Options of {@link ExternalProducers}. */
export interface ExternalProducersOptions {
  readonly external: Pick<ExternalMetrics, 'collect'>
  readonly resource: Resource
  /** Whether the metrics about engines are exported: the group `self`. */
  readonly describesEngines: boolean
  /** Whether another process pushes the metrics of engines. */
  readonly isPushedElsewhere: () => boolean
}

/** Creates metric producers for the readers of a process. */
export class ExternalProducers {
  readonly #options: ExternalProducersOptions
  readonly #converter = new FamilyConverter()

  constructor(options: ExternalProducersOptions) {
    this.#options = options
  }

  /** Returns the producer of a reader that is scraped. */
  pulled(): MetricProducer {
    const collect = (timeoutMs: number): Promise<ExternalReading> => this.#options.external.collect(timeoutMs)
    return this.#producer(collect, ({ engines, promClient }) => this.#convert([...engines, ...promClient]))
  }

  /**
   * Returns the producer of a reader that pushes: it has neither metrics of prom-client nor types that OpenTelemetry does not have.
   * @param temporalityOf temporality that the reader selects
   */
  pushed(temporalityOf: (type: InstrumentType) => number | undefined): MetricProducer {
    const deltas = new DeltaConverter()
    const isDelta = ({ dataPointType }: ExposedMetric): boolean =>
      (dataPointType === SUM_POINT && temporalityOf(OBSERVABLE_COUNTER) === DELTA) ||
      (dataPointType === HISTOGRAM_POINT && temporalityOf(HISTOGRAM) === DELTA)
    const { external, isPushedElsewhere } = this.#options
    const collect = async (timeoutMs: number): Promise<ExternalReading> =>
      isPushedElsewhere() ? NOTHING : external.collect(timeoutMs)
    return this.#producer(collect, ({ engines }) => {
      const metrics = this.#convert(engines).filter(({ dataPoints }) => dataPoints.length > 0)
      return deltas.convert(metrics, isDelta, hrTime(epochNow()))
    })
  }

  #convert(families: readonly Family[]): ExposedMetric[] {
    return this.#converter.convert(families, epochNow())
  }

  #producer(
    read: (timeoutMs: number) => Promise<ExternalReading>,
    metricsOf: (reading: ExternalReading) => ExposedMetric[],
  ): MetricProducer {
    const { resource } = this.#options
    return {
      collect: async ({ timeoutMillis = DEFAULT_TIMEOUT_MS } = {}) => {
        const reading = await read(timeoutMillis)
        const scopeMetrics = [
          { scope: EXTERNAL_SCOPE, metrics: metricsOf(reading) },
          ...this.#describe(reading),
        ]
        return { resourceMetrics: { resource, scopeMetrics }, errors: [] }
      },
    }
  }

  #describe({ states, engines }: ExternalReading): ScopeMetrics[] {
    if (!this.#options.describesEngines || states.length === 0) return []
    const metrics = describeEngines(states, engines, hrTime(processStart), hrTime(epochNow()))
    return [{ scope: { name: SCOPE_NAME }, metrics }]
  }
}

const OBSERVABLE_COUNTER = 'OBSERVABLE_COUNTER' as InstrumentType
const HISTOGRAM = 'HISTOGRAM' as InstrumentType

function hrTime(ms: number): [number, number] {
  return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
}
