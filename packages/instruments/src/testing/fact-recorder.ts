import type { Fact, FactSink } from '../wire/facts.ts'
import { SseScanner } from '../wire/sse-scanner.ts'
import { StreamReader } from '../wire/stream-reader.ts'

export const ALL_FACTS: readonly Fact['type'][] = [
  'api_identified',
  'end_expected',
  'stream_ended',
  'error_reported',
  'model_requested',
  'stream_requested',
  'model_served',
  'tool_offered',
  'tool_call_requested',
  'tool_result_sent',
  'token_usage',
  'generation_finished',
  'response_identified',
]

/** The facts of LLM sessions. */
export const SESSION_FACTS: readonly Fact['type'][] = [
  ...ALL_FACTS,
  'session_recognised',
  'turn_requested',
  'turn_cancel_requested',
  'turn_started',
  'turn_output',
  'turn_ended',
  'event_rejected',
]

/** A sink that keeps the facts, in order. Members that are `undefined` are left out. */
export class FactRecorder implements FactSink {
  readonly wants: ReadonlySet<Fact['type']>
  readonly facts: Record<string, unknown>[] = []

  constructor(wants: readonly Fact['type'][] = ALL_FACTS) {
    this.wants = new Set(wants)
  }

  onFact(fact: Fact): void {
    this.facts.push(Object.fromEntries(Object.entries(fact).filter(([, value]) => value !== undefined)))
  }
}

/** Returns the facts of an event stream that is sent in these chunks. */
export function factsOf(
  chunks: Iterable<string>,
  wants?: readonly Fact['type'][],
): Record<string, unknown>[] {
  const sink = new FactRecorder(wants)
  const reader = new StreamReader(sink)
  const scanner = new SseScanner(
    (name, data, excerpt) => reader.read(name, data, excerpt),
    reader.wantsExcerpt,
  )
  for (const chunk of chunks) scanner.scan(chunk)
  reader.flush()
  return sink.facts
}
