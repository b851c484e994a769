import type { Fact, FactSink, StreamResult } from '../wire/facts.ts'
import type { StreamEvents } from './outcome.ts'

const WANTS: ReadonlySet<Fact['type']> = new Set(['end_expected', 'stream_ended'])

/** Collects from the events of a stream what decides its outcome. */
export class StreamEndSink implements FactSink, StreamEvents {
  readonly wants = WANTS
  hasEndEvent = false
  result: StreamResult | undefined

  onFact(fact: Fact): void {
    if (fact.type === 'end_expected') this.hasEndEvent = true
    else if (fact.type === 'stream_ended') this.result = fact.result
  }
}
