import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FactRecorder, factsOf } from '../testing/fact-recorder.ts'
import { STREAM_VECTORS, streamVector } from '../testing/stream-vectors.ts'
import { JsonBody } from './json-body.ts'

/** Returns the events of a stream. */
const eventsOf = (text: string): string[] => text.split(/(?<=\n\n)/)

/** Streams that were changed in some places, and continue with another one after some place. */
const mutated = fc
  .record({
    first: fc.constantFrom(...STREAM_VECTORS),
    second: fc.constantFrom(...STREAM_VECTORS),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    changes: fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(
          '',
          '\n',
          '\n\n',
          '\r',
          '"',
          '\\',
          '{',
          '}',
          '[',
          ']',
          ':',
          ',',
          '\u0000',
          '\u00ff',
          'é',
          '\ud800',
          '__proto__',
          'null',
          '1e999',
          'data: ',
          'event: error\n',
        ),
        fc.nat(3),
      ),
      { maxLength: 6 },
    ),
  })
  .map(({ first, second, cut, from, changes }) => {
    let text = first.text.slice(0, cut * first.text.length) + second.text.slice(from * second.text.length)
    for (const [place, insertion, removed] of changes) {
      const at = Math.floor(place * text.length)
      text = text.slice(0, at) + insertion + text.slice(at + removed)
    }
    return text
  })

describe('a stream that was changed anywhere', () => {
  it('never throws, has the same facts in any chunks, and bounded texts', () => {
    fc.assert(
      fc.property(mutated, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (text, sizes) => {
        const facts = factsOf([text])
        const chunks: string[] = []
        for (let at = 0, i = 0; at < text.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          chunks.push(text.slice(at, at + size))
          at += size
        }
        expect(factsOf(chunks)).toEqual(facts)
        for (const value of facts.flatMap((fact) => Object.values(fact)))
          if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(256)
      }),
      { numRuns: 1000 },
    )
  })

  it('reports at most one call for each event', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const calls = factsOf([text], ['tool_call_requested'])
        expect(calls.length).toBeLessThanOrEqual(2 * eventsOf(text).length)
      }),
      { numRuns: 200 },
    )
  })
})

describe('bytes that are no UTF-8', () => {
  it.each(STREAM_VECTORS)('between the events of $name change nothing', ({ text, facts }) => {
    const noise = `: ${String.fromCharCode(...Array.from({ length: 128 }, (_, i) => 128 + i))}\ndata: \u00c3(\u00ff\n\n`
    const [start = '', ...rest] = eventsOf(text)
    expect(factsOf([[start, ...rest].join(noise)])).toEqual(facts)
  })

  it('in a name are kept, one character each', () => {
    const text = streamVector('chat').text.replaceAll('gpt-4.1-2026', 'm\u00ff\u00c3(')
    expect(factsOf([text])).toContainEqual({ type: 'model_served', model: 'm\u00ff\u00c3(' })
  })
})

describe('JSON that is made to confuse', () => {
  const chunk = (members: string): string =>
    `data: {"id":"x","object":"chat.completion.chunk","model":"m",${members}}\n\n`

  it.each([
    [
      'a member that is repeated: the last counts',
      '"usage":{"prompt_tokens":1},"usage":{"prompt_tokens":2}',
      2,
    ],
    ['members of the prototype', '"__proto__":{"usage":{"prompt_tokens":9}},"usage":{"prompt_tokens":2}', 2],
    ['a prototype in the counts', '"usage":{"__proto__":{"prompt_tokens":9}}', undefined],
    ['the constructor', '"constructor":{"prototype":{"usage":{"prompt_tokens":9}}}', undefined],
    ['counts that are no integers', '"usage":{"prompt_tokens":1.5,"completion_tokens":-1}', undefined],
    ['a count beyond 2^53', '"usage":{"prompt_tokens":9007199254740993}', undefined],
    ['deep nesting', `"x":${'['.repeat(20_000)}${']'.repeat(20_000)},"usage":{"prompt_tokens":2}`, 2],
    ['usage in a text', '"choices":[{"delta":{"content":"\\"usage\\":{\\"prompt_tokens\\":9}"}}]', undefined],
  ])('%s', (_what, members, inputTokens) => {
    const usage = factsOf([chunk(members)], ['token_usage'])
    expect(usage).toEqual(inputTokens === undefined ? [] : [{ type: 'token_usage', inputTokens }])
    expect(Object.hasOwn(Object.prototype, 'usage')).toBe(false)
  })

  it.each(['request', 'response'] as const)('in the body of a %s never throws', (kind) => {
    const parts = [
      '[',
      '{"a":',
      '"',
      '\\"',
      '{"__proto__":',
      '{"input":[',
      '{"messages":[{"content":[',
      '\u0000',
      '"model":"',
    ]
    for (const part of parts) {
      for (const end of ['', '"}', ']}'.repeat(1000)]) {
        const body = new JsonBody(kind, new FactRecorder())
        body.append(part.repeat(60_000) + end)
        expect(() => body.end(), `${part}…${end.slice(0, 4)}`).not.toThrow()
      }
    }
  })
})

describe('tool calls of one stream', () => {
  const call = (index: number, fragment = false): string =>
    `data: ${JSON.stringify({
      id: 'x',
      object: 'chat.completion.chunk',
      model: 'm',
      choices: [
        {
          index: 0,
          delta: {
            tool_calls: [
              {
                index,
                id: `call_${index}`,
                function: fragment ? { arguments: '{' } : { name: 'f', arguments: '' },
              },
            ],
          },
        },
      ],
    })}\n\n`

  it('are counted up to 10,000, also if the server repeats names', () => {
    const indexes = Array.from({ length: 10_000 }, (_, i) => i)
    const chunks = indexes.flatMap((i) => [call(i), call(i, true), call(i), call(Math.max(0, i - 500))])
    expect(factsOf(chunks, ['tool_call_requested']).map(({ callId }) => callId)).toEqual(
      indexes.map((i) => `call_${i}`),
    )
  })

  it('are distinguished exactly in any order, up to 1,000', () => {
    const indexes = Array.from({ length: 1000 }, (_, i) => (i * 619) % 1000)
    const chunks = [...indexes, ...indexes].map((i) => call(i))
    expect(factsOf(chunks, ['tool_call_requested'])).toHaveLength(1000)
  })
})
