import type { Context } from '@opentelemetry/api'
import { ATTEMPT_OUTCOME, type AttemptOutcome } from '../cardinality/attempt-outcome.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { GATEWAY_OVERHEAD_DEFINITIONS, GatewayOverheadInstruments } from './gateway-overhead.ts'
import { internalErrors } from './internal-errors.ts'
import { type CountSeries, countSeries, SeriesIndex } from './series.ts'

/** Calls of the gateway to engines. */
export const UPSTREAM_DEFINITIONS = {
  ...GATEWAY_OVERHEAD_DEFINITIONS,
  attempts: {
    name: 'upstream.attempts',
    kind: 'counter',
    unit: '{attempt}',
    description: 'Attempts to call an engine, by outcome. A retry is another attempt.',
    attributes: [ATTEMPT_OUTCOME],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Counts attempts to call engines, and records the overhead of the gateway. No method throws. */
export class UpstreamInstruments {
  /** Records the overhead of streams. */
  readonly overhead: GatewayOverheadInstruments
  readonly #attempts: SeriesIndex<CountSeries>

  constructor(make: InstrumentFactory) {
    this.overhead = new GatewayOverheadInstruments(make)
    const attempts = make.counter(UPSTREAM_DEFINITIONS.attempts)
    this.#attempts = new SeriesIndex((outcome) => countSeries(attempts, { outcome }))
  }

  /**
   * Called once for each attempt, when it has ended.
   * @param context context of the attempt, for exemplars
   */
  attemptEnded(outcome: AttemptOutcome, context: Context): void {
    try {
      this.#attempts.get(outcome, '').add(1, context)
    } catch (error) {
      internalErrors.report('upstream_attempt', error)
    }
  }
}
