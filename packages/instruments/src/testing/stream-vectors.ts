import { readdirSync, readFileSync } from 'node:fs'

const DIRECTORY = new URL('../../../../test/data/streams/', import.meta.url)

/** An event stream in a shape that an API documents, and what a reader finds in it. */
export interface StreamVector {
  readonly name: string
  /** Its bytes, one character each. */
  readonly text: string
  /** How many events `EventSource` would dispatch. */
  readonly events: number
  /** All facts, in order, without members that are `undefined`. */
  readonly facts: readonly Readonly<Record<string, unknown>>[]
}

/** Every stream in `test/data/streams`: `NAME.sse`, with its events and facts in `NAME.json`. */
export const STREAM_VECTORS: readonly StreamVector[] = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.sse'))
  .map((file) => {
    const name = file.slice(0, -'.sse'.length)
    const expected = JSON.parse(readFileSync(new URL(`${name}.json`, DIRECTORY), 'utf8'))
    return { name, text: readFileSync(new URL(file, DIRECTORY), 'latin1'), ...expected }
  })

/** Returns the stream of this name. */
export function streamVector(name: string): StreamVector {
  const vector = STREAM_VECTORS.find((each) => each.name === name)
  if (vector === undefined) throw new Error(`no stream ${name}`)
  return vector
}

/** Matches an event that carries a part of a text, of reasoning, or of the arguments of a tool call. */
const DELTA =
  /^(?:event: \S+delta\n|data: .*"delta":\{"(?:content|refusal|reasoning_content|tool_calls":\[\{"index":\d,"function)|data: .*"text":" )/

/** Returns the events of a stream, with this many further copies of its last delta; `undefined` if it has no delta. */
export function withCopiesOfDelta(text: string, copies: number): string[] | undefined {
  const events = text.split(/(?<=\n\n)/)
  const at = events.findLastIndex(
    (event) => DELTA.test(event) && !/"finish_reason":"|message_delta/.test(event),
  )
  if (at < 0) return undefined
  const delta = events[at] ?? ''
  return [...events.slice(0, at), ...Array<string>(copies).fill(delta), ...events.slice(at)]
}
