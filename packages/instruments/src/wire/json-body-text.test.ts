import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FactRecorder } from '../testing/fact-recorder.ts'
import { BODY_HEAD, BODY_TAIL, JsonBody } from './json-body.ts'

function factsOf(...chunks: (Uint8Array | string)[]): object[] {
  const sink = new FactRecorder()
  const body = new JsonBody('response', sink)
  for (const chunk of chunks) body.append(chunk)
  body.end()
  return sink.facts
}

/** A response with this many UTF-16 units. */
function responseOf(units: number, character: string): string {
  const call = '{"type":"function_call","call_id":"call_1","name":"f"}'
  const before = `{"object":"response","model":"gpt-5","status":"completed","output":[${call},"`
  const after = '"],"usage":{"input_tokens":3}}'
  const inside = units - before.length - after.length
  return before + character.repeat(inside / character.length) + 'x'.repeat(inside % character.length) + after
}

afterEach(() => vi.restoreAllMocks())

describe.each(['x', 'ü', '猫', '😀'])('a body of text with "%s"', (character) => {
  it.each([-2, -1, 0, 1, 2, 3, 100_000])(
    'has the same facts as its bytes with 256 Ki and %i units',
    (further) => {
      const text = responseOf(BODY_HEAD + BODY_TAIL + further, character)
      const facts = factsOf(Buffer.from(text))
      expect(facts).toContainEqual({ type: 'token_usage', inputTokens: 3 })
      expect(factsOf(text)).toEqual(facts)
    },
  )

  it('has the same facts if it is cut anywhere', () => {
    const text = responseOf(2 * (BODY_HEAD + BODY_TAIL), character)
    const facts = factsOf(Buffer.from(text))
    fc.assert(
      fc.property(fc.nat(text.length), (cut) => {
        expect(factsOf(text.slice(0, cut), text.slice(cut))).toEqual(facts)
      }),
      { numRuns: 20 },
    )
  })
})

it('encodes only the beginning and the end of a long text', () => {
  const text = responseOf(20 * (BODY_HEAD + BODY_TAIL), 'x')
  const encode = vi.spyOn(Buffer, 'from')
  factsOf(text)
  const units = encode.mock.calls.map(([chunk]) => (typeof chunk === 'string' ? chunk.length : 0))
  expect(Math.max(...units)).toBeLessThanOrEqual(BODY_HEAD + BODY_TAIL + 1)
})
