import type { Context, Counter, Histogram } from '@opentelemetry/api'
import { TOOL_TYPE, type ToolType } from '../cardinality/tool-type.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'

/** Tool calls that a model requests and that the gateway executes. */
export const TOOL_DEFINITIONS = {
  requested: {
    name: 'tool.calls.requested',
    kind: 'counter',
    unit: '{call}',
    description: 'Tool calls requested by a model.',
    attributes: [TOOL_TYPE],
  },
  executed: {
    name: 'tool.calls.executed',
    kind: 'counter',
    unit: '{call}',
    description: 'Tool calls that the gateway executed, with any result.',
    attributes: [TOOL_TYPE],
  },
  duration: {
    name: 'tool.execution.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of tool calls that the gateway executed.',
    attributes: [TOOL_TYPE],
    buckets: 'tool',
  },
  errors: {
    name: 'tool.errors',
    kind: 'counter',
    unit: '{error}',
    description:
      'Tool calls that the gateway executed and that threw, timed out, were cancelled, or returned an error.',
    attributes: [TOOL_TYPE],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Counts tool calls. */
export class ToolInstruments {
  readonly #requested: Counter
  readonly #executed: Counter
  readonly #duration: Histogram
  readonly #errors: Counter

  constructor(make: InstrumentFactory) {
    this.#requested = make.counter(TOOL_DEFINITIONS.requested)
    this.#executed = make.counter(TOOL_DEFINITIONS.executed)
    this.#duration = make.histogram(TOOL_DEFINITIONS.duration)
    this.#errors = make.counter(TOOL_DEFINITIONS.errors)
  }

  /** Called when a model has requested tool calls. */
  callsRequested(toolType: ToolType, count: number, context: Context): void {
    this.#requested.add(count, { tool_type: toolType }, context)
  }

  /**
   * Called when the gateway has executed a tool call.
   * @param seconds `undefined` if the duration is not known
   */
  callExecuted(toolType: ToolType, seconds: number | undefined, failed: boolean, context: Context): void {
    const attributes = { tool_type: toolType }
    this.#executed.add(1, attributes, context)
    if (seconds !== undefined) this.#duration.record(seconds, attributes, context)
    if (failed) this.#errors.add(1, attributes, context)
  }
}
