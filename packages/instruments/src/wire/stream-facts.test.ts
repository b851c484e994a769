import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ALL_FACTS, factsOf } from '../testing/fact-recorder.ts'

/** Streams in the shapes that the APIs document, as their bytes, one character each. */
const stream = (name: string): string =>
  readFileSync(new URL(`../../../../test/data/streams/${name}.sse`, import.meta.url), 'latin1')

const END_EXPECTED = { type: 'end_expected' }
const COMPLETED = { type: 'stream_ended', result: 'completed' }
const FAILED = { type: 'stream_ended', result: 'failed' }
const model = (name: string) => ({ type: 'model_served', model: name })
const finished = (reason: string, choice = 0) => ({ type: 'generation_finished', reason, choice })
const call = (toolType: string, name: string, callId: string, outputIndex: number) => ({
  type: 'tool_call_requested',
  toolType,
  name,
  callId,
  outputIndex,
})

const FACTS: Readonly<Record<string, readonly object[]>> = {
  'responses-openai': [
    model('gpt-5-2026-01-01'),
    END_EXPECTED,
    call('function_call', 'get_weather', 'call_paris', 1),
    call('function_call', 'get_weather', 'call_zuerich', 2),
    {
      type: 'token_usage',
      inputTokens: 328,
      outputTokens: 52,
      cachedInputTokens: 256,
      cacheWriteInputTokens: 16,
      reasoningTokens: 32,
    },
    finished('completed'),
    COMPLETED,
  ],
  'responses-vllm': [
    model('Qwen/Qwen3-8B'),
    END_EXPECTED,
    { ...call('mcp_call', 'python', 'mcp_1', 0), failed: true },
    { type: 'token_usage', inputTokens: 44, outputTokens: 6, cachedInputTokens: 32, reasoningTokens: 0 },
    finished('max_output_tokens'),
    COMPLETED,
  ],
  'responses-failed': [
    model('gpt-5'),
    END_EXPECTED,
    finished('failed'),
    { type: 'error_reported', code: 'server_error' },
    FAILED,
  ],
  'responses-error': [
    model('gpt-5'),
    END_EXPECTED,
    { type: 'error_reported', code: 'rate_limit_exceeded' },
    FAILED,
  ],
  chat: [model('gpt-4.1-2026'), END_EXPECTED, finished('stop'), COMPLETED],
  'chat-usage': [
    model('meta-llama/Llama-4'),
    END_EXPECTED,
    finished('length'),
    { type: 'token_usage', inputTokens: 19, outputTokens: 10, cachedInputTokens: 16, reasoningTokens: 4 },
    COMPLETED,
  ],
  'chat-parallel-tools': [
    model('gpt-4.1'),
    call('function', 'get_weather', 'call_a', 0),
    END_EXPECTED,
    call('function', 'search', 'call_b', 1),
    call('function', 'search', 'call_c', 0),
    finished('tool_calls', 0),
    finished('tool_calls', 1),
    COMPLETED,
  ],
  'chat-error': [
    model('m'),
    END_EXPECTED,
    { type: 'error_reported', errorType: 'InternalServerError', code: '500' },
    FAILED,
  ],
  messages: [
    model('claude-sonnet-4-5'),
    {
      type: 'token_usage',
      inputTokens: 600,
      outputTokens: 2,
      cachedInputTokens: 28,
      cacheWriteInputTokens: 100,
    },
    END_EXPECTED,
    call('tool_use', 'get_weather', 'toolu_01', 1),
    call('server_tool_use', 'web_search', 'srvtoolu_01', 2),
    {
      type: 'token_usage',
      inputTokens: 600,
      outputTokens: 89,
      cachedInputTokens: 28,
      cacheWriteInputTokens: 100,
    },
    finished('tool_use'),
    COMPLETED,
  ],
  'messages-error': [
    model('claude-sonnet-4-5'),
    { type: 'token_usage', inputTokens: 5, outputTokens: 1 },
    END_EXPECTED,
    { type: 'error_reported', errorType: 'overloaded_error' },
    FAILED,
  ],
}

const APIS: Readonly<Record<string, string>> = {
  responses: 'responses',
  chat: 'chat_completions',
  messages: 'messages',
}

/** All facts of a stream: its API, named by the first word of its file, and those of {@link FACTS}. */
const CASES = Object.fromEntries(
  Object.entries(FACTS).map(([name, facts]) => {
    const api = APIS[name.split('-')[0] ?? '']
    return [name, [{ type: 'api_identified', api }, ...facts]]
  }),
)

describe.each(Object.entries(CASES))('facts of %s', (name, facts) => {
  const text = stream(name)

  it('are all found', () => {
    expect(factsOf([text])).toEqual(facts)
  })

  it('are the same for a stream cut at every byte, and byte by byte', () => {
    for (let at = 1; at < text.length; at++) {
      expect(factsOf([text.slice(0, at), text.slice(at)]), `cut at ${at}`).toEqual(facts)
    }
    expect(factsOf(text)).toEqual(facts)
  })

  it('are the same with CRLF', () => {
    expect(factsOf([text.replaceAll('\n', '\r\n')])).toEqual(facts)
  })

  it.each(ALL_FACTS)('are only those of type %s if only these are wanted', (type) => {
    expect(factsOf([text], [type])).toEqual(facts.filter((fact) => (fact as { type: string }).type === type))
  })
})

describe('facts of response.completed', () => {
  const text = stream('responses-openai')
  const [before = '', completed = ''] = text.split('event: response.completed\n')
  /** Text of the output that looks like `usage`. */
  const decoy = '\\"usage\\":{\\"input_tokens\\":1}},'
  const facts = CASES['responses-openai']

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
  const text = stream('chat').replaceAll('gpt-4.1-2026', 'modèle')
  const fact = { type: 'model_served', model: 'modèle' }
  expect(factsOf([text])).toContainEqual(fact)
  expect(factsOf([Buffer.from(text, 'utf8').toString('latin1')])).toContainEqual(fact)
})

it('cuts a name after 256 characters', () => {
  const text = stream('chat').replaceAll('gpt-4.1-2026', 'm'.repeat(800))
  expect(factsOf([text])).toContainEqual({ type: 'model_served', model: 'm'.repeat(256) })
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
