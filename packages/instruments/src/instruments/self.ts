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

/** How many values of one label were replaced. */
export interface LabelCut {
  readonly label: string
  readonly count: number
}

/** What is watched. */
export interface SelfSources {
  readonly methods: MethodLabels
  readonly routes: RouteLabels
  /** What was cut elsewhere, such as in views; several of one label are added up. */
  readonly cuts: () => readonly LabelCut[]
}

/** Counts what never became a request, and shows what the bounds of labels have cut. */
export class SelfInstruments {
  #malformed = 0

  constructor(meter: Meter, sources: SelfSources) {
    const { malformed, cut } = SELF_DEFINITIONS
    meter
      .createObservableCounter(malformed.name, { unit: malformed.unit, description: malformed.description })
      .addCallback((result) => result.observe(this.#malformed))
    meter
      .createObservableCounter(cut.name, { unit: cut.unit, description: cut.description })
      .addCallback((result) => {
        for (const [label, count] of cutsByLabel(sources)) result.observe(count, { label })
      })
  }

  /** A server got bytes that are no HTTP request. */
  malformedRequest(): void {
    this.#malformed++
  }
}

function cutsByLabel({ methods, routes, cuts }: SelfSources): ReadonlyMap<string, number> {
  const sums = new Map([
    ['method', methods.refused],
    ['route', routes.refused],
  ])
  for (const { label, count } of cuts()) sums.set(label, (sums.get(label) ?? 0) + count)
  return sums
}
