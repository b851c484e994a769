import type { Context } from '@opentelemetry/api'
import { OUTCOME, type StreamOutcome } from '../cardinality/outcome.ts'
import { ROUTE } from '../cardinality/route.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { internalErrors } from './internal-errors.ts'
import { type CountSeries, countSeries, type RecordSeries, recordSeries, SeriesIndex } from './series.ts'

/** Turns of LLM sessions over WebSocket. */
export const TURN_DEFINITIONS = {
  turns: {
    name: 'websocket.turns',
    kind: 'counter',
    unit: '{turn}',
    description: 'Turns of LLM sessions over WebSocket that ended, by outcome.',
    attributes: [ROUTE, OUTCOME],
  },
  timeToFirstEvent: {
    name: 'websocket.time_to_first_event',
    kind: 'histogram',
    unit: 's',
    description:
      'Time from the beginning of a turn to its first output: from `response.create`, or from `response.created` if the server started it, to the first `response.*.delta` or `response.*.done`.',
    attributes: [ROUTE],
    buckets: 'ttfe',
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Records turns of LLM sessions. Callers bound the route. No method throws. */
export class TurnInstruments {
  readonly #turns: SeriesIndex<CountSeries>
  readonly #timesToFirstEvent: SeriesIndex<RecordSeries>

  constructor(make: InstrumentFactory) {
    const turns = make.counter(TURN_DEFINITIONS.turns)
    const timeToFirstEvent = make.histogram(TURN_DEFINITIONS.timeToFirstEvent)
    this.#turns = new SeriesIndex((route, outcome) => countSeries(turns, { route, outcome }))
    this.#timesToFirstEvent = new SeriesIndex((route) => recordSeries(timeToFirstEvent, { route }))
  }

  /**
   * Called when the server sends the first output of a turn.
   * @param context the context of the turn, for exemplars
   */
  firstOutputSent(route: string, seconds: number, context: Context): void {
    try {
      this.#timesToFirstEvent.get(route, '').record(seconds, context)
    } catch (error) {
      internalErrors.report('websocket_turn', error)
    }
  }

  /**
   * Called when a turn has ended.
   * @param context the context of the turn, for exemplars
   */
  turnEnded(route: string, outcome: StreamOutcome, context: Context): void {
    try {
      this.#turns.get(route, outcome).add(1, context)
    } catch (error) {
      internalErrors.report('websocket_turn', error)
    }
  }
}
