import type { Fact } from '../wire/facts.ts'
import { JsonBody } from '../wire/json-body.ts'
import { FactRecorder } from './fact-recorder.ts'

export type BodyKind = 'request' | 'response'

/** Returns the facts of a JSON body that arrives in these chunks. */
export function factsOfBody(
  kind: BodyKind,
  chunks: readonly (Uint8Array | string)[],
  wants?: readonly Fact['type'][],
): object[] {
  const sink = new FactRecorder(wants)
  const body = new JsonBody(kind, sink)
  for (const chunk of chunks) body.append(chunk)
  body.end()
  return sink.facts
}
