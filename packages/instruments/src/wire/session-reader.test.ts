import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FactRecorder, SESSION_FACTS } from '../testing/fact-recorder.ts'
import { excerptOfText, factsOfMessages, type Message, sessionMessages } from '../testing/session-messages.ts'
import { LlmSessionReader } from './session-reader.ts'

const TURN_FACTS = SESSION_FACTS.filter((type) => type.startsWith('turn_') || type === 'event_rejected')
const DETAILS = SESSION_FACTS.filter((type) => !TURN_FACTS.includes(type) && type !== 'response_identified')

/** Returns facts as lines of their values, such as `turn_ended completed`. */
const lines = (messages: readonly Message[], wants = SESSION_FACTS): string[] =>
  factsOfMessages(messages, wants).map((fact) => Object.values(fact).join(' '))

const call = (name: string) => ({ type: 'function_call', call_id: name, name })

describe('LlmSessionReader', () => {
  it.each<[string, string[]]>([
    [
      'realtime',
      [
        'turn_requested client_1',
        ...[
          'turn_started',
          'turn_output',
          'turn_output',
          'turn_output',
          'turn_output',
          'turn_ended completed',
        ],
        ...['turn_started', 'turn_output', 'turn_cancel_requested resp_2', 'turn_ended cancelled'],
        ...['turn_requested client_2', 'event_rejected client_2 false'],
        ...['turn_requested', 'turn_started', 'turn_ended failed'],
        ...['turn_requested', 'turn_started', 'turn_output', 'turn_ended completed'],
      ],
    ],
    [
      'responses',
      [
        ...['turn_requested', 'turn_started', 'turn_output', 'turn_output', 'turn_output'],
        ...['turn_ended completed', 'turn_requested', 'event_rejected false'],
      ],
    ],
    [
      'responses-vllm',
      [
        ...['turn_requested', 'turn_started', 'turn_output', 'turn_ended completed'],
        ...['turn_requested', 'turn_started', 'event_rejected true'],
      ],
    ],
    ['transcription-vllm', ['event_rejected false']],
  ])('reports the turns of %s', (name, expected) => {
    expect(lines(sessionMessages(name), TURN_FACTS)).toEqual(expected)
  })

  it.each<[string, string[]]>([
    [
      'realtime',
      [
        'session_recognised realtime',
        'model_requested gpt-realtime',
        'model_requested gpt-realtime',
        'tool_call_requested function_call get_weather call_paris 0',
        'tool_call_requested function_call get_weather call_zuerich 1',
        'token_usage 127 148 64',
        'generation_finished completed 0',
        'token_usage 7 3',
        'generation_finished cancelled 0',
        'error_reported invalid_request_error conversation_already_has_active_response',
        'generation_finished failed 0',
        'error_reported server_error rate_limit_exceeded',
        'generation_finished max_output_tokens 0',
      ],
    ],
    [
      'responses',
      [
        'session_recognised responses',
        'model_requested gpt-5',
        'tool_offered function get_weather',
        'model_served gpt-5-2026-01-01',
        'tool_call_requested function_call get_weather call_1 0',
        'token_usage 20 6 4 2',
        'generation_finished completed 0',
        'model_requested gpt-5',
        'error_reported invalid_request_error previous_response_not_found',
      ],
    ],
    [
      'responses-vllm',
      [
        'session_recognised responses',
        'model_requested Qwen/Qwen3-8B',
        'stream_requested',
        'model_served Qwen/Qwen3-8B',
        'token_usage 44 6 32 0',
        'generation_finished max_output_tokens 0',
        'model_served Qwen/Qwen3-8B',
        'error_reported processing_error',
      ],
    ],
    [
      'transcription-vllm',
      [
        'session_recognised realtime',
        'model_requested mistralai/Voxtral-Mini-4B-Realtime-2602',
        'error_reported model_not_found',
      ],
    ],
  ])('reports models, tool calls, usage and errors of %s', (name, expected) => {
    expect(lines(sessionMessages(name), DETAILS)).toEqual(expected)
  })

  it('names the response of an event before the other facts of the event', () => {
    const facts = lines(sessionMessages('realtime'))
    expect(facts.filter((line) => /^(turn_started|response_identified)/.test(line)).slice(0, 3)).toEqual([
      'response_identified resp_1',
      'turn_started',
      'response_identified resp_1',
    ])
  })

  it('reports a tool call once, whether its arguments, its item or both are sent', () => {
    const sent = [
      { type: 'response.created', response: {} },
      { type: 'response.function_call_arguments.done', name: 'a', call_id: 'a' },
      { type: 'response.function_call_arguments.done', name: 'b', call_id: 'b' },
      { type: 'response.output_item.done', item: call('b') },
      { type: 'response.output_item.done', item: call('c') },
    ].map((event) => ({ sent: event }))
    expect(lines(sent, ['tool_call_requested'])).toEqual(
      ['a', 'b', 'c'].map((name) => `tool_call_requested function_call ${name} ${name}`),
    )
  })

  it('ignores events that the other side sends', () => {
    const wrong = sessionMessages('realtime').map(({ received, sent }) => ({
      received: sent,
      sent: received,
    }))
    expect(lines([{ sent: { type: 'session.created' } }, ...wrong], TURN_FACTS)).toEqual([])
  })

  it.each([
    ['a session that begins with 7 unknown messages', 7, ['session_recognised realtime']],
    ['no session after 8 unknown messages', 8, []],
  ])('reports %s', (_what, unknown, expected) => {
    const messages: Message[] = Array.from({ length: unknown }, (_, i) =>
      i % 2 === 0 ? { received: 'hello' } : { sent: { type: 'error' } },
    )
    expect(lines([...messages, { received: { type: 'session.update' } }])).toEqual(expected)
  })

  it('reads the end of a response whose message is longer than what is kept of it', () => {
    const output = [{ type: 'message', status: 'in_progress', content: 'x'.repeat(200_000) }]
    const usage = { input_tokens: 1, output_tokens: 2 }
    const response = { id: 'resp_1', status: 'failed', output, usage }
    const messages = [
      { received: { type: 'response.create' } },
      { sent: { type: 'response.done', response } },
    ]
    expect(lines(messages).slice(2)).toEqual([
      'response_identified resp_1',
      'token_usage 1 2',
      'generation_finished failed 0',
      'turn_ended failed',
    ])
  })

  it('reports no output while the sink does not want it', () => {
    const wants = SESSION_FACTS.filter((type) => type !== 'turn_output' && type !== 'tool_call_requested')
    const facts = factsOfMessages(sessionMessages('realtime').slice(0, 9), wants)
    expect(facts.at(-1)).toEqual({ type: 'turn_started' })
  })

  it('throws for no message, and reports only bounded texts', () => {
    const types = [
      'response.create',
      'response.created',
      'response.done',
      'response.output_item.done',
      'error',
    ]
    const event = fc.record({
      type: fc.constantFrom(...types),
      response: fc.anything(),
      response_id: fc.anything(),
      item: fc.anything(),
      error: fc.anything(),
      model: fc.string({ minLength: 200, maxLength: 600 }),
    })
    const message = fc.oneof(
      event.map((value) => JSON.stringify(value)),
      event.map((value) => JSON.stringify(value).slice(0, -3)),
      fc.json(),
      fc.string(),
      fc.constantFrom(...types).map((type) => `{"type":"${type}",${'['.repeat(100_000)}`),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), message), { maxLength: 12 }), (messages) => {
        const sink = new FactRecorder(SESSION_FACTS)
        const reader = new LlmSessionReader(sink)
        for (const [isReceived, text] of messages)
          isReceived ? reader.received(excerptOfText(text)) : reader.sent(excerptOfText(text))
        for (const value of sink.facts.flatMap(Object.values))
          if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(256)
      }),
    )
  })
})
