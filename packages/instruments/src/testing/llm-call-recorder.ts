import type { AttemptOutcome } from '../cardinality/attempt-outcome.ts'
import type { LlmCallFacts } from '../instruments/llm-call-facts.ts'
import type { RecordSeries } from '../instruments/series.ts'
import type { LlmCallRecorder } from '../observation/llm-call-observation.ts'
import { type LlmCallWants, llmCallWants } from '../observation/llm-call-wants.ts'
import type { Fact } from '../wire/facts.ts'

/** Keeps what calls to LLM APIs record, in order. */
export class RecordedLlmCalls implements LlmCallRecorder {
  /** The clock, in milliseconds. */
  time = 0
  isMeasured = true
  readonly wants: LlmCallWants
  readonly calls: (LlmCallFacts & { readonly outcome: AttemptOutcome })[] = []
  readonly chunks: number[] = []
  readonly sent: number[] = []
  readonly firstChunks: number[] = []
  readonly facts: (Fact & { readonly at: number })[] = []

  constructor(wants: readonly Fact['type'][] = []) {
    this.wants = llmCallWants(wants)
  }

  now(): number {
    return this.time
  }

  onFact(fact: Fact, at: number): void {
    this.facts.push({ ...fact, at })
  }

  callSent(at: number): void {
    this.sent.push(at)
  }

  firstChunkReceived(at: number): void {
    this.firstChunks.push(at)
  }

  outputChunks(): RecordSeries {
    return { record: (seconds) => this.chunks.push(seconds) }
  }

  callEnded(facts: LlmCallFacts, outcome: AttemptOutcome): void {
    this.calls.push({ ...facts, outcome })
  }
}
