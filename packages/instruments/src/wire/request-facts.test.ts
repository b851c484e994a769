import { describe, expect, it } from 'vitest'
import { FactRecorder } from '../testing/fact-recorder.ts'
import type { Fact } from './facts.ts'
import { JsonBody } from './json-body.ts'

function factsOf(body: object, wants?: readonly Fact['type'][]): object[] {
  const sink = new FactRecorder(wants)
  const reader = new JsonBody('request', sink)
  reader.append(JSON.stringify(body))
  reader.end()
  return sink.facts
}

const result = (callId: string, failed?: true) => ({
  type: 'tool_result_sent',
  callId,
  ...(failed && { failed }),
})

describe('the API and operation of a request', () => {
  const messages = [{ role: 'user', content: 'Hi' }]

  it.each<[string, string, object]>([
    ['responses', 'chat', { input: 'Hi' }],
    ['responses', 'chat', { prompt: { id: 'pmpt_1' } }],
    ['chat_completions', 'chat', { messages }],
    ['chat_completions', 'chat', { messages: [{ role: 'system', content: '' }, ...messages], max_tokens: 9 }],
    ['messages', 'chat', { messages, max_tokens: 9 }],
    ['completions', 'text_completion', { prompt: 'Hi' }],
    ['completions', 'text_completion', { prompt: [['Hi'], [1, 2]] }],
    ['embeddings', 'embeddings', { input: ['Hi'], encoding_format: 'float' }],
    ['embeddings', 'embeddings', { dimensions: 8, input: [1, 2] }],
  ])('is %s, %s', (api, operation, members) => {
    expect(factsOf({ model: 'm', ...members })).toEqual([
      { type: 'api_identified', api, operation },
      { type: 'model_requested', model: 'm' },
    ])
  })
})

it.each([{ input: '' }, { messages: [] }, { messages: [], max_tokens: 1 }, { prompt: '' }])(
  'reports a stream that %j asks for',
  (members) => {
    const facts = [true, false, 'true', null].map((stream) =>
      factsOf({ ...members, stream }, ['stream_requested']),
    )
    expect(facts).toEqual([[{ type: 'stream_requested' }], [], [], []])
  },
)

describe('results of tool calls', () => {
  it.each<[string, object, object[]]>([
    [
      'the Responses API',
      {
        input: [
          { role: 'user', content: 'Hi' },
          { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
          { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
          { type: 'custom_tool_call_output', call_id: 'call_2', output: '' },
          { type: 'apply_patch_call_output', call_id: 'call_3', status: 'failed' },
          { type: 'local_shell_call_output', id: 'call_4', output: '' },
          { type: 'function_call_output', output: 'without an id' },
        ],
      },
      [result('call_1'), result('call_2'), result('call_3', true), result('call_4')],
    ],
    [
      'chat completions',
      {
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f' } }] },
          { role: 'tool', tool_call_id: 'call_1', content: [{ type: 'text', text: 'sunny' }] },
          { role: 'tool', tool_call_id: 'call_2', content: '' },
        ],
        max_tokens: 9,
      },
      [result('call_1'), result('call_2')],
    ],
    [
      'the Messages API',
      {
        max_tokens: 9,
        messages: [
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }] },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'toolu_1', content: 'sunny' },
              { type: 'tool_result', tool_use_id: 'toolu_2', is_error: true },
              { type: 'tool_result', tool_use_id: 'toolu_2' },
              { type: 'text', text: 'Hi' },
            ],
          },
        ],
      },
      [result('toolu_1'), result('toolu_2', true)],
    ],
  ])('are reported once for each call, in %s', (_api, body, results) => {
    expect(factsOf(body, ['tool_result_sent'])).toEqual(results)
  })

  it.each([
    { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1' },
    { type: 'function_call', call_id: 'call_1' },
    { type: 'function_call_output', call_id: 7 },
    { role: 'user', tool_call_id: 'call_1' },
    null,
    'tool_result',
  ])('are not reported of %j', (item) => {
    for (const body of [{ input: [item] }, { messages: [item] }, { messages: [{ content: [item] }] }])
      expect(factsOf(body, ['tool_result_sent'])).toEqual([])
  })
})

describe('results of tool calls in a body of more than 256 kB', () => {
  const long = 'Zürich "}],{\\" '.repeat(40_000)
  const items = Array.from({ length: 900 }, (_, i) => ({
    type: 'function_call_output',
    call_id: `call_${i}`,
    output: `"}]{["${'x'.repeat(400)}`,
  }))

  it('are those in its tail, in order', () => {
    for (const after of [{}, { tools: [{ type: 'function', name: 'f' }], stream: true }]) {
      const facts = factsOf({ model: 'm', input: [{ role: 'user', content: long }, ...items], ...after }, [
        'tool_result_sent',
      ])
      expect(facts.length).toBeGreaterThan(200)
      expect(facts).toEqual(items.slice(-facts.length).map(({ call_id }) => result(call_id)))
    }
  })

  it('are found in content blocks', () => {
    const blocks = items.map(({ call_id }) => ({ type: 'tool_result', tool_use_id: call_id, is_error: true }))
    const messages = [
      { role: 'user', content: long },
      { role: 'user', content: blocks },
    ]
    expect(factsOf({ max_tokens: 1, messages }, ['tool_result_sent'])).toEqual(
      items.map(({ call_id }) => result(call_id, true)),
    )
  })

  it('are none if the list is another one', () => {
    expect(factsOf({ model: 'm', input: long, metadata: [items[0]] }, ['tool_result_sent'])).toEqual([])
    expect(factsOf({ input: [long], other: [items[0]], stream: true }, ['tool_result_sent'])).toEqual([])
  })
})
