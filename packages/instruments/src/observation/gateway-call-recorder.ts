import type { Context } from '@opentelemetry/api'
import type { AttemptOutcome } from '../cardinality/attempt-outcome.ts'
import type { GatewayInstruments } from '../instruments/catalog.ts'
import type { LlmCallFacts, LlmCallIdentity } from '../instruments/llm-call-facts.ts'
import type { RecordSeries } from '../instruments/series.ts'
import type { Fact } from '../wire/facts.ts'
import type { LlmCallRecorder } from './llm-call-observation.ts'
import type { Observation } from './observation-registry.ts'

/** Records a call to an LLM API with the instruments, and on the server request that it is made for. */
export class GatewayCallRecorder implements LlmCallRecorder {
  readonly #instruments: GatewayInstruments
  readonly #caller: Observation | undefined
  readonly wants: readonly Fact['type'][] = []

  /** @param caller the request that the call is made for */
  constructor(instruments: GatewayInstruments, caller: Observation | undefined) {
    this.#instruments = instruments
    this.#caller = caller
  }

  now(): number {
    return this.#instruments.now()
  }

  callSent(at: number): void {
    if (this.#caller?.kind === 'request') this.#caller.engineCallSent(at)
  }

  firstChunkReceived(at: number): void {
    if (this.#caller?.kind === 'request') this.#caller.engineChunkReceived(at)
  }

  onFact(_fact: Fact, _at: number): void {}

  outputChunks(call: LlmCallIdentity): RecordSeries | undefined {
    return this.#instruments.genai?.outputChunks(call)
  }

  callEnded(facts: LlmCallFacts, outcome: AttemptOutcome, context: Context): void {
    const { upstream, genai } = this.#instruments
    upstream?.attemptEnded(outcome, context)
    genai?.callEnded(facts, context)
  }
}
