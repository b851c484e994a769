import type { Context } from '@opentelemetry/api'
import { ROUTE } from '../cardinality/route.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { internalErrors } from './internal-errors.ts'
import { type RecordSeries, recordSeries, SeriesIndex } from './series.ts'

/** The time that the gateway itself adds to a stream. */
export const GATEWAY_OVERHEAD_DEFINITIONS = {
  overhead: {
    name: 'gateway.overhead',
    kind: 'histogram',
    unit: 's',
    description:
      'Time that the gateway adds to a stream: from the arrival of the request to its first engine call, plus from the first chunk of the answer to the next bytes sent to the client.',
    attributes: [ROUTE],
    buckets: 'overhead',
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Records the overhead of streams. Callers bound the route. No method throws. */
export class GatewayOverheadInstruments {
  readonly #routes: SeriesIndex<RecordSeries>

  constructor(make: InstrumentFactory) {
    const overhead = make.histogram(GATEWAY_OVERHEAD_DEFINITIONS.overhead)
    this.#routes = new SeriesIndex((route) => recordSeries(overhead, { route }))
  }

  /**
   * Called once for a stream, when its overhead is known.
   * @param context context of the request, for exemplars
   */
  measured(route: string, seconds: number, context: Context): void {
    try {
      this.#routes.get(route, '').record(seconds, context)
    } catch (error) {
      internalErrors.report('gateway_overhead', error)
    }
  }
}
