/** A tool call in an answer. */
export interface AnsweredCall {
  readonly id: string
  readonly name: string
}

/** An LLM API: the path of its requests, and its answers with tool calls. */
export interface LlmApi {
  readonly path: string
  /** Returns the JSON body of an answer. */
  json(calls: readonly AnsweredCall[]): object
  /** Returns the events of a streamed answer. */
  events(calls: readonly AnsweredCall[]): string
  /** Returns the body of a request with the results of calls. */
  request(results: readonly AnsweredCall[], isStream: boolean): object
}

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
const namedEvent = (data: { readonly type: string; readonly [member: string]: unknown }): string =>
  `event: ${data.type}\n${event(data)}`

const functionCall = ({ id, name }: AnsweredCall): object => ({
  type: 'function_call',
  id: `fc_${id}`,
  call_id: id,
  name,
  arguments: '{}',
  status: 'completed',
})

const RESPONSES: LlmApi = {
  path: '/v1/responses',
  json: (calls) => ({
    object: 'response',
    id: 'resp',
    status: 'completed',
    model: 'm',
    output: calls.map(functionCall),
  }),
  events: (calls) =>
    [
      namedEvent({ type: 'response.created', response: { id: 'resp', model: 'm' } }),
      ...calls.map((call, output_index) =>
        namedEvent({ type: 'response.output_item.done', output_index, item: functionCall(call) }),
      ),
      namedEvent({ type: 'response.completed', response: { id: 'resp', status: 'completed', model: 'm' } }),
    ].join(''),
  request: (results, stream) => ({
    model: 'm',
    stream,
    input: results.map(({ id }) => ({ type: 'function_call_output', call_id: id, output: 'ok' })),
  }),
}

const toolCall = ({ id, name }: AnsweredCall, index: number): object => ({
  index,
  id,
  type: 'function',
  function: { name, arguments: '{}' },
})

const chunk = (delta: object): string =>
  event({ object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta }] })

const CHAT_COMPLETIONS: LlmApi = {
  path: '/v1/chat/completions',
  json: (calls) => ({
    object: 'chat.completion',
    model: 'm',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', tool_calls: calls.map(toolCall) },
        finish_reason: 'tool_calls',
      },
    ],
  }),
  events: (calls) =>
    [
      ...calls.map((call, index) => chunk({ tool_calls: [toolCall(call, index)] })),
      chunk({ content: '' }),
      'data: [DONE]\n\n',
    ].join(''),
  request: (results, stream) => ({
    model: 'm',
    stream,
    messages: [
      { role: 'user', content: 'hello' },
      ...results.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'ok' })),
    ],
  }),
}

const toolUse = ({ id, name }: AnsweredCall): object => ({ type: 'tool_use', id, name, input: {} })

const MESSAGES: LlmApi = {
  path: '/v1/messages',
  json: (calls) => ({ type: 'message', model: 'm', content: calls.map(toolUse), stop_reason: 'tool_use' }),
  events: (calls) =>
    [
      namedEvent({ type: 'message_start', message: { model: 'm' } }),
      ...calls.map((call, index) =>
        namedEvent({ type: 'content_block_start', index, content_block: toolUse(call) }),
      ),
      namedEvent({ type: 'message_stop' }),
    ].join(''),
  request: (results, stream) => ({
    model: 'm',
    stream,
    max_tokens: 10,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hello' },
          ...results.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' })),
        ],
      },
    ],
  }),
}

/** The APIs by name. */
export const LLM_APIS: readonly (readonly [name: string, api: LlmApi])[] = [
  ['the Responses API', RESPONSES],
  ['chat completions', CHAT_COMPLETIONS],
  ['the Messages API', MESSAGES],
]
