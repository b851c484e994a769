import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALL_FACTS, factsOf } from '../testing/fact-recorder.ts'
import { STREAM_VECTORS, streamVector } from '../testing/stream-vectors.ts'
import { SseScanner } from './sse-scanner.ts'

/** Returns the facts without token counts, of which a stream has as many reports as its last events need. */
function withoutUsage(facts: readonly Readonly<Record<string, unknown>>[]): readonly unknown[] {
  return facts.filter((fact) => fact['type'] !== 'token_usage')
}

describe.each(STREAM_VECTORS)('facts of $name', ({ text, events, facts }) => {
  it('are all found, in all events', () => {
    let dispatched = 0
    new SseScanner(() => void dispatched++).scan(text)
    expect(dispatched).toBe(events)
    expect(factsOf([text])).toEqual(facts)
  })

  it('are the same for a stream cut at every byte, and byte by byte', () => {
    for (let at = 1; at < text.length; at++) {
      const found = factsOf([text.slice(0, at), text.slice(at)])
      expect(JSON.stringify(found), `cut at ${at}`).toBe(JSON.stringify(facts))
    }
    expect(factsOf(text)).toEqual(facts)
  })

  it('of a stream that is cut off are those of its whole events', () => {
    let before = ''
    for (const event of text.split(/(?<=\n\n)/)) {
      const found = withoutUsage(factsOf([before]))
      expect(found).toEqual(withoutUsage(facts).slice(0, found.length))
      const expected = JSON.stringify(factsOf([before]))
      for (let at = 0; at < event.length; at++) {
        const partial = factsOf([before + event.slice(0, at)])
        expect(JSON.stringify(partial), `cut off at ${before.length + at}`).toBe(expected)
      }
      before += event
    }
  })

  it('are the same with CRLF', () => {
    expect(factsOf([text.replaceAll('\n', '\r\n')])).toEqual(facts)
  })

  it.each(ALL_FACTS)('are only those of type %s if only these are wanted', (type) => {
    expect(factsOf([text], [type])).toEqual(facts.filter((fact) => fact['type'] === type))
  })
})

describe('facts of response.completed', () => {
  const { text, facts } = streamVector('responses-openai')
  const [before = '', completed = ''] = text.split('event: response.completed\n')
  /** Text of the output that looks like `usage`. */
  const decoy = '\\"usage\\":{\\"input_tokens\\":1}},'

  it.each([1_000, 5_000, 60_000, 70_000, 300_000])('are found after an output of %i characters', (length) => {
    const output = decoy.repeat(Math.ceil(length / decoy.length))
    const long = `${before}event: response.completed\n${completed.replace('Paris', output)}`
    expect(factsOf([long])).toEqual(facts)
    fc.assert(
      fc.property(fc.array(fc.nat(long.length), { maxLength: 12 }), (cuts) => {
        const places = [...cuts].sort((a, b) => a - b)
        const chunks = [0, ...places].map((start, i) => long.slice(start, places[i]))
        expect(factsOf(chunks)).toEqual(facts)
      }),
      { numRuns: 20 },
    )
  })

  it('are found in several data lines', () => {
    const indented = JSON.stringify(JSON.parse(completed.slice('data: '.length)), undefined, 2)
    const lines = indented.split('\n').map((line) => `data: ${line}\n`)
    expect(factsOf([`${before}event: response.completed\n${lines.join('')}\n`])).toEqual(facts)
  })
})

it('reads a name in UTF-8 from bytes and from text', () => {
  const text = streamVector('chat').text.replaceAll('gpt-4.1-2026', 'modèle')
  const fact = { type: 'model_served', model: 'modèle' }
  expect(factsOf([text])).toContainEqual(fact)
  expect(factsOf([Buffer.from(text, 'utf8').toString('latin1')])).toContainEqual(fact)
})

it('cuts a name after 256 characters', () => {
  const text = streamVector('chat').text.replaceAll('gpt-4.1-2026', 'm'.repeat(800))
  expect(factsOf([text])).toContainEqual({ type: 'model_served', model: 'm'.repeat(256) })
})

describe('a tool call of the Responses API', () => {
  const call = {
    type: 'tool_call_requested',
    toolType: 'function_call',
    name: 'f',
    callId: 'call_1',
    outputIndex: 0,
  }

  function calls(item: string): unknown[] {
    const event = `{"type":"response.output_item.done","item":${item},"output_index":0}`
    return factsOf([`event: response.output_item.done\ndata: ${event}\n\n`], ['tool_call_requested'])
  }

  it('is found wherever its type lies in a long item', () => {
    for (let length = 3900; length < 4200; length++) {
      const item = { arguments: 'x'.repeat(length), type: 'function_call', name: 'f', call_id: 'call_1' }
      expect(calls(JSON.stringify(item)), `after ${length} characters`).toEqual([call])
    }
  })

  it('is found if the letters of its type are escaped', () => {
    const item = { type: 'function_call', name: 'f', call_id: 'call_1' }
    expect(calls(JSON.stringify(item).replaceAll('_', '\\u005f'))).toEqual([call])
  })
})

it('never throws for any events', () => {
  const names = [
    '',
    'response.completed',
    'response.output_item.done',
    'message_start',
    'message_delta',
    'error',
  ]
  const event = fc.tuple(fc.constantFrom(...names, 'content_block_start'), fc.oneof(fc.json(), fc.string()))
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (events) => {
      const text = events.map(([name, data]) => `event: ${name}\ndata: ${data}\n\n`).join('')
      const chat = `data: {"object":"chat.completion.chunk"}\n\n${text}`
      expect(() => [factsOf([text]), factsOf([chat])]).not.toThrow()
    }),
    { numRuns: 500 },
  )
})

describe('tool calls of chat completions', () => {
  const chunk = (call: object): string =>
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { tool_calls: [call] } }] })}\n\n`
  const idsOf = (...calls: object[]): unknown[] =>
    factsOf(calls.map(chunk), ['tool_call_requested']).map(({ callId }) => callId)
  const f = { name: 'f', arguments: '' }

  it.each([
    ['with the same index', { index: 0 }],
    ['without an index', {}],
  ])('have different ids, although each is sent in an own chunk %s', (_what, index) => {
    const calls = ['a', 'b', 'a'].map((id) => ({ ...index, id, function: f }))
    expect(idsOf(...calls)).toEqual(['a', 'b', 'a'])
  })

  it('are reported once if the name, or name and id, are repeated', () => {
    expect(idsOf({ index: 0, id: 'a', function: f }, { index: 0, function: f })).toEqual(['a'])
    expect(idsOf({ index: 0, id: 'a', function: f }, { index: 0, id: 'a', function: f })).toEqual(['a'])
  })
})
