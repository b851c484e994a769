import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { factsOfBody } from '../testing/body-facts.ts'
import { FactRecorder } from '../testing/fact-recorder.ts'
import { BODY_HEAD, BODY_TAIL, JsonBody } from './json-body.ts'

const factsOf = (...chunks: (Uint8Array | string)[]) => factsOfBody('response', chunks)

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

const model = (name: string) => ({ type: 'model_served', model: name })
const requested = (name: string) => ({ type: 'model_requested', model: name })
const api = (name: string) => ({ type: 'api_identified', api: name, operation: 'chat' })

describe('a body of more than 256 kB', () => {
  const text = 'Zürich \\"usage\\":{\\"input_tokens\\":1}} '.repeat(20_000)
  const response = {
    object: 'response',
    model: 'gpt-5',
    output: [text],
    status: 'completed',
    usage: { input_tokens: 3 },
  }

  it('reports facts in its head and its tail, for any chunks', () => {
    const bytes = Buffer.from(JSON.stringify(response))
    expect(bytes.length).toBeGreaterThan(BODY_HEAD + BODY_TAIL)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        const places = [...cuts].sort((a, b) => a - b)
        const chunks = [0, ...places].map((start, i) => bytes.subarray(start, places[i]))
        expect(factsOfBody('response', chunks)).toEqual([
          api('responses'),
          model('gpt-5'),
          { type: 'token_usage', inputTokens: 3 },
          { type: 'generation_finished', reason: 'completed', choice: 0 },
        ])
      }),
      { numRuns: 20 },
    )
  })

  it('reports the model of a request whose messages come first', () => {
    expect(factsOfBody('request', [JSON.stringify({ input: text, model: 'gpt-5' })])).toEqual([
      api('responses'),
      requested('gpt-5'),
    ])
    expect(factsOfBody('request', [JSON.stringify({ messages: [text], model: 'm' })])).toEqual([
      api('chat_completions'),
      requested('m'),
    ])
    expect(
      factsOfBody('request', [JSON.stringify({ previous_response_id: 'resp_1', input: text, model: 'm' })]),
    ).toEqual([api('responses'), requested('m')])
  })

  it('is kept in 256 kB', () => {
    const body = new JsonBody('response', new FactRecorder())
    let most = 0
    for (let i = 0; i < 1000; i++) {
      body.append(new Uint8Array(1 + ((i * 7919) % 100_000)).fill(123))
      most = Math.max(most, body.retainedBytes)
    }
    expect(most).toBe(262_144)
    body.end()
    expect(body.retainedBytes).toBe(0)
  })
})
