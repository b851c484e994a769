import type { Context, Counter, Histogram, UpDownCounter } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { LLAMA_STACK_API } from '../cardinality/llama-stack-api.ts'
import { STATUS, statusCode } from '../cardinality/status.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import { InFlight } from './in-flight.ts'
import { internalErrors } from './internal-errors.ts'

const REQUEST_STATUS = {
  name: 'status',
  values: ['success', 'error'],
  overflow: undefined,
  description:
    '`error` if the status code is 400 or above, or the response or its stream did not end as completed',
} as const satisfies AttributeDefinition

const CODE = { ...STATUS, name: 'status_code' } as const satisfies AttributeDefinition

/** Requests by API, under the names that llama-stack gives them. Off by default. */
export const LLAMA_STACK_DEFINITIONS = {
  requests: {
    name: 'requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests by API, under the name that llama-stack uses. A stream is counted when it ends.',
    attributes: [LLAMA_STACK_API, REQUEST_STATUS, CODE],
  },
  duration: {
    name: 'request_duration',
    kind: 'histogram',
    unit: 's',
    description:
      'Duration of requests by API, under the name that llama-stack uses. For a stream, until the stream ends.',
    attributes: [LLAMA_STACK_API],
    buckets: 'http',
  },
  concurrent: {
    name: 'concurrent_requests',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{request}',
    description: 'Requests in progress by API, with streams, under the name that llama-stack uses.',
    attributes: [LLAMA_STACK_API],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** A request at its end. */
export interface LlamaStackRequestFacts {
  /** A value of {@link LLAMA_STACK_API}. */
  readonly api: string
  /** Status code to count. */
  readonly status: number
  readonly isError: boolean
  /** Time since the arrival; `undefined` if the clock failed. */
  readonly seconds: number | undefined
  /** Context of the request, for exemplars. */
  readonly context: Context
}

/** Records requests under the names of llama-stack. Callers bound `api`. No method throws. */
export class LlamaStackInstruments {
  readonly #requests: Counter
  readonly #duration: Histogram
  readonly #concurrent: UpDownCounter
  readonly #inFlight = new Map<string, InFlight>()

  constructor(make: InstrumentFactory) {
    this.#requests = make.counter(LLAMA_STACK_DEFINITIONS.requests)
    this.#duration = make.histogram(LLAMA_STACK_DEFINITIONS.duration)
    this.#concurrent = make.upDownCounter(LLAMA_STACK_DEFINITIONS.concurrent)
  }

  /** Called when a request arrives (1) or ends (-1). */
  concurrentChanged(by: 1 | -1, api: string): void {
    let inFlight = this.#inFlight.get(api)
    if (inFlight === undefined) {
      inFlight = new InFlight(this.#concurrent, { api })
      this.#inFlight.set(api, inFlight)
    }
    inFlight.change(by)
  }

  /** Called when a request ends. */
  requestEnded({ api, status, isError, seconds, context }: LlamaStackRequestFacts): void {
    try {
      const code = String(statusCode(status) ?? CODE.overflow)
      this.#requests.add(1, { api, status: isError ? 'error' : 'success', status_code: code }, context)
      if (seconds !== undefined) this.#duration.record(seconds, { api }, context)
    } catch (error) {
      internalErrors.report('llama_stack', error)
    }
  }
}
