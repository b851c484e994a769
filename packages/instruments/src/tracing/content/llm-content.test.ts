import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STREAM_VECTORS } from '../../testing/stream-vectors.ts'
import { LlmContent } from './llm-content.ts'

type Content = Readonly<Record<string, unknown>>

/** Returns the attributes of a call, with those that are JSON as values. */
function contentOf(request: unknown, response: unknown, isStream = false): Content {
  const content = new LlmContent()
  content.requestChunk(typeof request === 'string' ? request : JSON.stringify(request))
  const body = typeof response === 'string' ? response : JSON.stringify(response)
  for (const byte of Buffer.from(body)) content.responseChunk(Uint8Array.of(byte))
  const attributes = Object.entries(content.attributes(isStream))
  return Object.fromEntries(attributes.map(([name, value]) => [name, JSON.parse(String(value))]))
}

const text = (content: string) => ({ type: 'text', content })
const user = (content: string) => ({ role: 'user', parts: [text(content)] })
const weather = { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Bern' } }
const result = { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'sunny' }] }
const events = (...all: unknown[]): string =>
  all.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')

describe('the input of a call', () => {
  it('is read from a request of the Responses API', () => {
    const call = { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Bern"}' }
    const input = [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'hi' },
          { type: 'input_image', image_url: 'u' },
        ],
      },
      { type: 'reasoning', summary: [{ text: 'thinks' }] },
      call,
      { type: 'function_call_output', call_id: 'c1', output: 'sunny' },
      { type: 'item_reference', id: 'i' },
    ]
    const tools = [{ type: 'function', name: 'weather' }]
    expect(contentOf({ instructions: 'be brief', input, tools }, '{}')).toEqual({
      'gen_ai.system_instructions': [text('be brief')],
      'gen_ai.input.messages': [
        { role: 'user', parts: [text('hi'), { type: 'input_image', image_url: 'u' }] },
        { role: 'assistant', parts: [{ type: 'reasoning', content: 'thinks' }] },
        { role: 'assistant', parts: [weather] },
        result,
        { role: 'assistant', parts: [{ type: 'item_reference', id: 'i' }] },
      ],
      'gen_ai.tool.definitions': tools,
    })
  })

  it('is read from a request of the chat completions API', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }
    const messages = [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    ]
    expect(contentOf({ messages }, '{}')).toEqual({
      'gen_ai.input.messages': [
        { role: 'system', parts: [text('be brief')] },
        user('hi'),
        { role: 'assistant', parts: [weather] },
        result,
      ],
    })
  })

  it('is read from a request of the Messages API', () => {
    const use = { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Bern' } }
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'thinks' }, use] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'sunny' }] },
    ]
    expect(contentOf({ system: [{ type: 'text', text: 'be brief' }], messages }, '{}')).toEqual({
      'gen_ai.system_instructions': [text('be brief')],
      'gen_ai.input.messages': [
        user('hi'),
        { role: 'assistant', parts: [{ type: 'reasoning', content: 'thinks' }, weather] },
        { ...result, role: 'user' },
      ],
    })
  })

  it.each([
    ['a text', { input: 'hi' }, [user('hi')]],
    ['a list of texts', { input: ['a', 'b'] }, [user('a'), user('b')]],
    ['a prompt', { prompt: 'hi' }, [user('hi')]],
  ])('is read if it is %s', (_what, request, messages) => {
    expect(contentOf(request, '{}')).toEqual({ 'gen_ai.input.messages': messages })
  })
})

describe('the output of a call', () => {
  it.each<[string, unknown, unknown]>([
    [
      'the Responses API',
      {
        status: 'completed',
        output: [
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] },
          { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Bern"}' },
        ],
      },
      { role: 'assistant', parts: [text('hello'), weather], finish_reason: 'completed' },
    ],
    [
      'the chat completions API',
      { choices: [{ message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }] },
      { role: 'assistant', parts: [text('hello')], finish_reason: 'stop' },
    ],
    [
      'the completions API',
      { choices: [{ text: 'hello', finish_reason: 'length' }] },
      { role: 'assistant', parts: [text('hello')], finish_reason: 'length' },
    ],
    [
      'the Messages API',
      { role: 'assistant', content: [{ type: 'text', text: 'hello' }], stop_reason: 'end_turn' },
      { role: 'assistant', parts: [text('hello')], finish_reason: 'end_turn' },
    ],
  ])('is read from a body of %s', (_api, body, message) => {
    expect(contentOf('', body)).toEqual({ 'gen_ai.output.messages': [message] })
  })

  const done = { type: 'response.output_item.done', item: { type: 'message', content: 'hello' } }
  const call = (index: number, id: string | undefined, args: string) => ({
    index,
    ...(id === undefined ? {} : { id }),
    function: { ...(id === undefined ? {} : { name: 'weather' }), arguments: args },
  })

  it.each<[string, string, unknown]>([
    [
      'the chat completions API',
      events(
        { choices: [{ index: 0, delta: { role: 'assistant', content: 'hel' } }] },
        { choices: [{ index: 0, delta: { content: 'lo' } }] },
        { choices: [{ index: 0, delta: { tool_calls: [call(0, 'c1', '{"city":')] } }] },
        {
          choices: [
            { index: 0, delta: { tool_calls: [call(0, undefined, '"Bern"}')] }, finish_reason: 'tool_calls' },
          ],
        },
        { choices: [], usage: {} },
      ),
      { role: 'assistant', parts: [text('hello'), weather], finish_reason: 'tool_calls' },
    ],
    [
      'the Responses API, from its last event',
      events(done, { type: 'response.completed', response: { status: 'completed', output: [done.item] } }),
      { role: 'assistant', parts: [text('hello')], finish_reason: 'completed' },
    ],
    ['the Responses API, cut off', events(done), { role: 'assistant', parts: [text('hello')] }],
    [
      'the Messages API',
      events(
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hel' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
        {
          type: 'content_block_start',
          index: 1,
          content_block: { type: 'tool_use', id: 'c1', name: 'weather', input: {} },
        },
        {
          type: 'content_block_delta',
          index: 1,
          delta: { type: 'input_json_delta', partial_json: '{"city":"Bern"}' },
        },
        { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
      ),
      { role: 'assistant', parts: [text('hello'), weather], finish_reason: 'tool_use' },
    ],
  ])('is read from a stream of %s', (_api, stream, message) => {
    expect(contentOf('', stream, true)).toEqual({ 'gen_ai.output.messages': [message] })
    expect(contentOf('', stream.replaceAll('\n', '\r\n'), true)).toEqual({
      'gen_ai.output.messages': [message],
    })
  })

  it('does not include the vectors of embeddings', () => {
    expect(contentOf('', { object: 'list', data: [{ embedding: [1, 2] }] })).toEqual({})
  })
})

describe('the content of a call', () => {
  const raw = (request: string, response: string, isStream = false) => {
    const content = new LlmContent()
    content.requestChunk(request)
    content.responseChunk(Buffer.from(response))
    return content.attributes(isStream)
  }

  it('is cut at 65,536 characters, with the whole length', () => {
    const whole = JSON.stringify([user('x'.repeat(100_000))])
    expect(raw(JSON.stringify({ input: 'x'.repeat(100_000) }), '')).toEqual({
      'gen_ai.input.messages': `${whole.slice(0, 65_536)}… [truncated, ${whole.length} characters]`,
    })
  })

  it('is kept up to 1 MB, and is given as it is beyond', () => {
    const content = new LlmContent()
    for (let i = 0; i < 64; i++) content.requestChunk('x'.repeat(1_000_000))
    const [value] = Object.values(content.attributes(false))
    expect(String(value)).toMatch(/^x{65536}… \[truncated, 1048576 characters\]$/)
  })

  it('is omitted if it is nested too deeply', () => {
    const deep = `{"input":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}`
    expect(() => raw(deep, deep.replace('input', 'output'))).not.toThrow()
  })

  it('never throws, whatever is sent', () => {
    const names = [
      'input',
      'messages',
      'choices',
      'delta',
      'tool_calls',
      'function',
      'output',
      'content',
      'type',
    ]
    const json = fc.json({ maxDepth: 5 })
    const shaped = fc
      .dictionary(
        fc.constantFrom(...names),
        fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()))),
      )
      .map((value) => JSON.stringify(value))
    const body = fc.oneof(json, shaped, fc.string())
    fc.assert(
      fc.property(body, fc.array(body), fc.boolean(), (request, parts, isStream) => {
        for (const value of Object.values(
          raw(request, parts.map((part) => `data: ${part}\n\n`).join(''), isStream),
        ))
          expect(typeof value).toBe('string')
        raw(request, parts[0] ?? '', false)
      }),
    )
  })

  it.each(STREAM_VECTORS)(
    'has the output of $name, cut at every byte without an exception',
    ({ text: stream }) => {
      for (let at = 0; at < stream.length; at += 7) raw('', stream.slice(0, at), true)
      raw('', stream, true)
    },
  )
})
