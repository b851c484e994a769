import type { Meter } from '@opentelemetry/api'
import type { MethodLabels } from '../cardinality/method.ts'
import type { RouteLabels } from '../cardinality/route.ts'
import type { InstrumentDefinition } from './definition.ts'

/** What the telemetry says of itself, under the prefix `vr_otel`. */
export const SELF_DEFINITIONS = {
  malformed: {
    name: 'vr_otel.http.malformed_requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Bytes that reached an HTTP server and were no request: Node answered 400, or closed.',
    attributes: [],
  },
  cut: {
    name: 'vr_otel.values_cut',
    kind: 'counter',
    unit: '{value}',
    description: 'Values of labels that were replaced to keep a bound.',
    attributes: ['label'],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** What is watched. */
export interface SelfSources {
  readonly methods: MethodLabels
  readonly routes: RouteLabels
}

/** Counts what never became a request, and shows what the bounds of labels have cut. */
export class SelfInstruments {
  #malformed = 0

  constructor(meter: Meter, { methods, routes }: SelfSources) {
    const { malformed, cut } = SELF_DEFINITIONS
    meter
      .createObservableCounter(malformed.name, { unit: malformed.unit, description: malformed.description })
      .addCallback((result) => result.observe(this.#malformed))
    meter
      .createObservableCounter(cut.name, { unit: cut.unit, description: cut.description })
      .addCallback((result) => {
        result.observe(methods.refused, { label: 'method' })
        result.observe(routes.refused, { label: 'route' })
      })
  }

  /** A server got bytes that are no HTTP request. */
  malformedRequest(): void {
    this.#malformed++
  }
}
