import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'
import type { AttemptOutcome } from '../cardinality/attempt-outcome.ts'
import type { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import type { LlmCallFacts, LlmCallIdentity } from '../instruments/llm-call-facts.ts'
import type { RecordSeries } from '../instruments/series.ts'
import type { Fact, LlmOperation } from '../wire/facts.ts'
import type { EngineAnswer } from './answer-times.ts'
import type { LlmCallRecorder } from './llm-call-observation.ts'
import { type LlmCallWants, llmCallWants } from './llm-call-wants.ts'
import type { Observation } from './observation-registry.ts'
import { RequestTools } from './request-tools.ts'

const WITHOUT_TOOLS = llmCallWants([])
const WITH_TOOLS = llmCallWants(['tool_call_requested', 'tool_result_sent'])

/** Records a call to an LLM API with the instruments, and on the server request that it is made for. */
export class GatewayCallRecorder implements LlmCallRecorder {
  readonly #instruments: GatewayInstruments
  readonly #caller: Observation | undefined
  readonly isMeasured: boolean
  readonly wants: LlmCallWants
  /** Tool calls of a call that is made for no request. */
  #ownTools: RequestTools | undefined
  #context: Context = ROOT_CONTEXT
  #isSent = false

  /** @param caller the request that the call is made for */
  constructor(instruments: GatewayInstruments, caller: Observation | undefined) {
    this.#instruments = instruments
    this.#caller = caller
    const { genai, upstream, measuresTools } = instruments
    this.isMeasured = genai !== undefined || upstream !== undefined || measuresTools
    this.wants = measuresTools ? WITH_TOOLS : WITHOUT_TOOLS
  }

  now(): number {
    return this.#instruments.now()
  }

  callSent(at: number, operation: LlmOperation | undefined): void {
    if (this.#isSent) return
    this.#isSent = true
    if (this.#caller?.kind === 'request') this.#caller.engineCallSent(at)
    if (this.#caller !== undefined && operation !== 'embeddings')
      this.#useTools((tools) => tools.engineCallStarted(at))
  }

  firstChunkReceived(at: number): void {
    if (this.#caller?.kind === 'request') this.#caller.engineChunkReceived(at)
  }

  onFact(fact: Fact, sentAt: number): void {
    if (fact.type === 'tool_call_requested') this.#useTools((tools) => tools.requestedByEngine(this, fact))
    else if (fact.type === 'tool_result_sent') this.#useTools((tools) => tools.resultSent(fact, sentAt))
  }

  outputChunks(call: LlmCallIdentity): RecordSeries | undefined {
    return this.#instruments.genai?.outputChunks(call)
  }

  callEnded(facts: LlmCallFacts, outcome: AttemptOutcome, context: Context): void {
    const { upstream, genai } = this.#instruments
    this.#context = context
    // The error of the call may be the same as that of an abort for another reason.
    if (outcome === 'timeout') this.#caller?.setUpstreamResult('timed_out')
    upstream?.attemptEnded(outcome, context)
    genai?.callEnded(facts, context)
    if (this.#caller !== undefined)
      this.#useTools((tools) => tools.engineCallEnded(this, this.now(), answerOf(facts)))
    this.#ownTools?.end()
  }

  #useTools(use: (tools: RequestTools) => void): void {
    if (!this.#instruments.measuresTools) return
    try {
      use(this.#tools)
    } catch (error) {
      internalErrors.report('tool_calls', error)
    }
  }

  get #tools(): RequestTools {
    if (this.#caller !== undefined) return this.#caller.tools
    this.#ownTools ??= new RequestTools(this.#instruments, () => this.#context)
    return this.#ownTools
  }
}

function answerOf({ status, operation, isRead }: LlmCallFacts): EngineAnswer {
  if (status === undefined || status >= 300 || operation === 'embeddings') return 'none'
  return isRead ? 'read' : 'unread'
}
