import type { Meter } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import type { DeferredRecords } from './deferred-records.ts'
import type { InstrumentDefinition } from './definition.ts'
import { HOOK, internalErrors } from './internal-errors.ts'

const LABEL = {
  name: 'label',
  values: [
    'method',
    'route',
    'server_label',
    'server.address',
    'error.type',
    'mcp.method.name',
    'rpc.response.status_code',
    'gen_ai.request.model',
    'gen_ai.tool.name',
    'gen_ai.prompt.name',
  ],
  limit: 50,
  overflow: 'other',
  description: 'labels with a limit, including those limited by views of the application',
} as const satisfies AttributeDefinition

/** Metrics of this package itself, under the prefix `vr_otel`. */
export const SELF_DEFINITIONS = {
  malformed: {
    name: 'vr_otel.http.malformed_requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Malformed HTTP requests: Node answered 400 or closed the connection.',
    attributes: [],
  },
  unread: {
    name: 'vr_otel.websocket.unread',
    kind: 'counter',
    unit: '{connection}',
    description:
      'WebSocket connections whose messages or bytes are counted in part: invalid frames, frames that the server refused, or compressed messages of a library that is not observed.',
    attributes: [],
  },
  replaced: {
    name: 'vr_otel.values_cut',
    kind: 'counter',
    unit: '{value}',
    description: 'Label values replaced by the overflow value after the label reached its limit.',
    attributes: [LABEL],
  },
  errors: {
    name: 'vr_otel.internal_errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Internal errors of this package, by hook. The first error of each hook is logged.',
    attributes: [HOOK],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Number of values of one label that were replaced by its overflow value. */
export interface LabelOverflow {
  /** Name of the label. */
  readonly label: string
  /** Number since the start of the process. */
  readonly count: number
}

/** Sources of {@link SelfInstruments}. */
export interface SelfSources {
  /** Returns the counts since the start of the process. Counts of the same label are added. */
  readonly overflows: () => readonly LabelOverflow[]
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
  /** Informed when a collection begins. */
  readonly deferred: DeferredRecords
}

/** Counts malformed requests and unread WebSocket connections, and observes the counts of replaced label values and of internal errors. */
export class SelfInstruments {
  readonly #labels = new BoundedValues(LABEL)
  #malformed = 0
  #unread = 0

  constructor(meter: Meter, { overflows, now, deferred }: SelfSources) {
    const { malformed, unread, replaced, errors } = SELF_DEFINITIONS
    meter
      .createObservableCounter(malformed.name, { unit: malformed.unit, description: malformed.description })
      .addCallback((result) => result.observe(this.#malformed))
    const unreadCounter = meter.createObservableCounter(unread.name, {
      unit: unread.unit,
      description: unread.description,
    })
    unreadCounter.addCallback((result) => result.observe(this.#unread))
    unreadCounter.addCallback(() => deferred.collectionStarted())
    meter
      .createObservableCounter(replaced.name, { unit: replaced.unit, description: replaced.description })
      .addCallback((result) => {
        for (const [label, count] of this.#sums(overflows(), now())) result.observe(count, { label })
      })
    meter
      .createObservableCounter(errors.name, { unit: errors.unit, description: errors.description })
      .addCallback((result) => {
        for (const [hook, count] of internalErrors.counts) result.observe(count, { hook })
      })
  }

  /** Called when a server received a malformed request. */
  malformedRequest(): void {
    this.#malformed++
  }

  /** Called once for a WebSocket connection of which something cannot be read. */
  webSocketUnread(): void {
    this.#unread++
  }

  #sums(overflows: readonly LabelOverflow[], now: number): ReadonlyMap<string, number> {
    const sums = new Map<string, number>()
    for (const { label, count } of overflows) {
      const bounded = this.#labels.label(label, now)
      sums.set(bounded, (sums.get(bounded) ?? 0) + count)
    }
    return sums
  }
}
