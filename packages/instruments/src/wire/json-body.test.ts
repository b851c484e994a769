import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BodyKind, factsOfBody } from '../testing/body-facts.ts'

const model = (name: string) => ({ type: 'model_served', model: name })
const requested = (name: string) => ({ type: 'model_requested', model: name })
const api = (name: string, operation = 'chat') => ({ type: 'api_identified', api: name, operation })
const offered = (toolType: string, name?: string) => ({
  type: 'tool_offered',
  toolType,
  ...(name && { name }),
})

const CASES: readonly [string, BodyKind, object, object[]][] = [
  [
    'a request of the Responses API',
    'request',
    {
      model: 'gpt-5',
      input: 'Weather in Zürich?',
      tools: [
        { type: 'function', name: 'get_weather', parameters: {} },
        { type: 'mcp', server_label: 'files' },
        { type: 'web_search' },
      ],
    },
    [
      api('responses'),
      requested('gpt-5'),
      offered('function', 'get_weather'),
      offered('mcp', 'files'),
      offered('web_search'),
    ],
  ],
  [
    'a request for chat completions',
    'request',
    {
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 9,
      model: 'gpt-4.1',
      tools: [
        { type: 'function', function: { name: 'get_weather' } },
        { type: 'custom', custom: { name: 'code' } },
      ],
    },
    [
      api('chat_completions'),
      requested('gpt-4.1'),
      offered('function', 'get_weather'),
      offered('custom', 'code'),
    ],
  ],
  [
    'a request of the Messages API',
    'request',
    {
      model: 'claude',
      max_tokens: 9,
      messages: [],
      tools: [
        { name: 'get_weather', input_schema: {} },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
    },
    [
      api('messages'),
      requested('claude'),
      offered('custom', 'get_weather'),
      offered('web_search_20250305', 'web_search'),
    ],
  ],
  [
    'a response of the Responses API',
    'response',
    {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      error: null,
      model: 'gpt-5',
      output: [
        { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] },
        { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
      ],
      usage: { input_tokens: 3, output_tokens: 4, output_tokens_details: { reasoning_tokens: 1 } },
    },
    [
      api('responses'),
      { type: 'response_identified', responseId: 'resp_1' },
      model('gpt-5'),
      { type: 'token_usage', inputTokens: 3, outputTokens: 4, reasoningTokens: 1 },
      { type: 'generation_finished', reason: 'completed', choice: 0 },
      {
        type: 'tool_call_requested',
        toolType: 'function_call',
        name: 'get_weather',
        callId: 'call_1',
        outputIndex: 1,
      },
    ],
  ],
  [
    'a response to chat completions',
    'response',
    {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'gpt-4.1',
      choices: [
        {
          index: 0,
          message: {
            tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 6, prompt_tokens_details: { cached_tokens: 2 } },
    },
    [
      api('chat_completions'),
      { type: 'response_identified', responseId: 'chatcmpl-1' },
      model('gpt-4.1'),
      { type: 'token_usage', inputTokens: 5, outputTokens: 6, cachedInputTokens: 2 },
      { type: 'tool_call_requested', toolType: 'function', name: 'f', callId: 'call_1', outputIndex: 0 },
      { type: 'generation_finished', reason: 'tool_calls', choice: 0 },
    ],
  ],
  [
    'a response of the Messages API',
    'response',
    {
      id: 'msg_1',
      type: 'message',
      model: 'claude',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 6 },
    },
    [
      api('messages'),
      { type: 'response_identified', responseId: 'msg_1' },
      model('claude'),
      { type: 'tool_call_requested', toolType: 'tool_use', name: 'f', callId: 'toolu_1', outputIndex: 1 },
      { type: 'token_usage', inputTokens: 7, outputTokens: 6, cachedInputTokens: 2 },
      { type: 'generation_finished', reason: 'tool_use', choice: 0 },
    ],
  ],
  [
    'a response to text completions',
    'response',
    {
      id: 'cmpl-1',
      object: 'text_completion',
      model: 'm',
      choices: [{ index: 0, text: 'Hi', finish_reason: 'length' }],
      usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
    },
    [
      api('completions', 'text_completion'),
      { type: 'response_identified', responseId: 'cmpl-1' },
      model('m'),
      { type: 'token_usage', inputTokens: 5, outputTokens: 1 },
      { type: 'generation_finished', reason: 'length', choice: 0 },
    ],
  ],
  [
    'embeddings',
    'response',
    {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
      model: 'm',
      usage: { prompt_tokens: 5, total_tokens: 5, completion_tokens: 0 },
    },
    [api('embeddings', 'embeddings'), model('m'), { type: 'token_usage', inputTokens: 5 }],
  ],
  ['a list of models', 'response', { object: 'list', data: [{ id: 'm', object: 'model' }] }, []],
  [
    'an error',
    'response',
    { error: { message: 'no', type: 'invalid_request_error', code: 'model_not_found' } },
    [{ type: 'error_reported', errorType: 'invalid_request_error', code: 'model_not_found' }],
  ],
  ['a response of no known API', 'response', { usage: { input_tokens: 1 }, model: 'x' }, []],
  ['a request of no known API', 'request', { model: 'x' }, []],
]

/** Writes each underscore of a JSON text as an escape. */
const withEscapedLetters = (json: string): string => json.replaceAll('_', '\\u005f')

describe.each(CASES)('%s', (_what, kind, body, facts) => {
  const bytes = Buffer.from(JSON.stringify(body))

  it('is read from bytes and from text, cut at every byte', () => {
    expect(factsOfBody(kind, [JSON.stringify(body)])).toEqual(facts)
    for (let at = 0; at <= bytes.length; at++) {
      expect(factsOfBody(kind, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(facts)
    }
  })

  it('reports no fact that is not wanted', () => {
    expect(factsOfBody(kind, [bytes], [])).toEqual([])
  })

  it('has the same tool calls if they are the only wanted facts', () => {
    const calls = facts.filter((fact) => 'type' in fact && fact.type === 'tool_call_requested')
    expect(factsOfBody(kind, [bytes], ['tool_call_requested'])).toEqual(calls)
    expect(factsOfBody(kind, [withEscapedLetters(JSON.stringify(body))], ['tool_call_requested'])).toEqual(
      calls,
    )
  })

  it('is not changed', () => {
    const chunk = Buffer.from(bytes)
    factsOfBody(kind, [chunk])
    expect(chunk).toEqual(bytes)
  })
})

it('never throws for any body', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('request', 'response'),
      fc.oneof(fc.json(), fc.string(), fc.uint8Array()),
      (kind, body) => {
        expect(() => factsOfBody(kind, [body])).not.toThrow()
      },
    ),
    { numRuns: 500 },
  )
})
