import type { Context } from '@opentelemetry/api'
import { llamaStackApi, UNKNOWN_API } from '../cardinality/llama-stack-api.ts'
import { UNMATCHED_ROUTE } from '../cardinality/route.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'

/** A request at its end. */
export interface EndedRequest {
  /** The value of the label `route`. */
  readonly route: string
  /** Status code to count. */
  readonly status: number
  /** `error.type` of the request; `undefined` if it succeeded. */
  readonly errorType: string | undefined
  /** Time since the arrival; `undefined` if the clock failed. */
  readonly seconds: number | undefined
  readonly context: Context
}

/** A request as llama-stack measures it: from its arrival to the end of its response or stream, by API. */
export class LlamaStackRequest {
  readonly #instruments: GatewayInstruments
  /** The API by the path: a request has no route when it arrives. */
  readonly #api: string
  readonly #isReported: boolean

  private constructor(instruments: GatewayInstruments, target: string | undefined, isReported: boolean) {
    this.#instruments = instruments
    this.#api = llamaStackApi(target)
    this.#isReported = isReported
    instruments.llamaStack?.concurrentChanged(1, this.#api)
    if (isReported) instruments.metricEvents.requestStarted(this.#api)
  }

  /** Begins to measure a request that has arrived. Returns `undefined` if its group is off and metric events have no subscriber. */
  static begin(instruments: GatewayInstruments, target: string | undefined): LlamaStackRequest | undefined {
    const { llamaStack, metricEvents } = instruments
    const isReported = metricEvents.isSubscribed
    if (llamaStack === undefined && !isReported) return undefined
    return new LlamaStackRequest(instruments, target, isReported)
  }

  /** Called once, when the response has ended. Never throws. */
  end({ route, status, errorType, seconds, context }: EndedRequest): void {
    const { llamaStack, metricEvents } = this.#instruments
    try {
      const api = route === UNMATCHED_ROUTE ? UNKNOWN_API : llamaStackApi(route)
      const isError = errorType !== undefined || status >= 400
      const facts = { api, status, isError, seconds, context }
      llamaStack?.concurrentChanged(-1, this.#api)
      llamaStack?.requestEnded(facts)
      if (this.#isReported) metricEvents.requestEnded(this.#api, facts)
    } catch (error) {
      internalErrors.report('llama_stack', error)
    }
  }
}
