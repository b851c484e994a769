import { ROOT_CONTEXT } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { RecordedLlmCalls } from '../testing/llm-call-recorder.ts'
import { STREAM_VECTORS, streamVector } from '../testing/stream-vectors.ts'
import { apiOfPath } from './llm-api-path.ts'
import { LlmCallObservation } from './llm-call-observation.ts'
import type { CallResponse } from './observed-call.ts'

const JSON_TYPE = 'application/json'
const EVENTS = 'text/event-stream; charset=utf-8'
const decoder = {
  decode: (bytes: Uint8Array, onText: (text: string) => void) => {
    onText(Buffer.from(bytes).toString('latin1'))
    return true
  },
  close() {},
}

function response(contentType: string | undefined, status = 200): CallResponse {
  return { status, contentType, isIdentity: true, decoder }
}

interface Options {
  readonly target?: string
  readonly request?: string
  readonly contentType?: string
}

/** Starts a call and sends its request. */
function call(recorded: RecordedLlmCalls, options: Options = {}): LlmCallObservation {
  const {
    target = '/v1/responses',
    request = '{"model":"m","input":"hi"}',
    contentType = JSON_TYPE,
  } = options
  const path = apiOfPath(target)
  const observation = new LlmCallObservation(recorded, {
    path: path === 'none' ? undefined : path,
    contentType: () => contentType,
    server: () => ({ address: '127.0.0.1', port: 1 }),
    context: ROOT_CONTEXT,
  })
  for (const byte of Buffer.from(request)) observation.requestChunk(Uint8Array.of(byte))
  observation.requestSent()
  return observation
}

/** Returns what is recorded for a call with this response. */
function exchange(answer: CallResponse, body: readonly string[], options?: Options): RecordedLlmCalls {
  const recorded = new RecordedLlmCalls()
  const observation = call(recorded, options)
  observation.responseStarted(answer)
  for (const chunk of body) observation.responseChunk(Buffer.from(chunk, 'latin1'))
  observation.completed()
  return recorded
}

describe.each(STREAM_VECTORS)('a call answered by $name', ({ text, facts }) => {
  const whole = exchange(response(EVENTS), [text]).calls

  it('has the facts of the stream', () => {
    const last = (type: string): Record<string, unknown> =>
      facts.findLast((fact) => fact['type'] === type) ?? {}
    const result = last('stream_ended')['result']
    expect(whole).toHaveLength(1)
    expect(whole[0]).toMatchObject({
      api: last('api_identified')['api'],
      requestModel: 'm',
      responseModel: last('model_served')['model'],
      status: 200,
      isStream: true,
      toolCalls: facts.filter((fact) => fact['type'] === 'tool_call_requested').length,
      usage: facts.some((fact) => fact['type'] === 'token_usage') ? last('token_usage') : undefined,
      outcome: result === 'completed' ? 'ok' : 'server_error',
      isComplete: result === 'completed',
    })
  })

  it('is the same for a stream cut at every byte', () => {
    for (let at = 1; at < text.length; at++)
      expect(exchange(response(EVENTS), [text.slice(0, at), text.slice(at)]).calls).toEqual(whole)
    expect(exchange(response(EVENTS), [...text]).calls).toEqual(whole)
  })

  it('is a server_error if the stream ends before its end event', () => {
    const end = text.search(
      /event: (response\.(completed|failed)|message_stop|error)|data: (\[DONE\]|\{"error")/,
    )
    const cut = exchange(response(EVENTS), [text.slice(0, end)]).calls
    expect(cut).toMatchObject([{ outcome: 'server_error', isComplete: false }])
  })
})

describe('a call to an LLM API', () => {
  const { text } = streamVector('chat-usage')
  const events = text.split(/(?<=\n\n)/)

  it('has the times of its chunks', () => {
    const recorded = new RecordedLlmCalls()
    const observation = call(recorded)
    observation.responseStarted(response(EVENTS))
    const chunks = [events.slice(0, 2).join(''), ...events.slice(2)]
    for (const chunk of chunks) {
      recorded.time += 100
      observation.responseChunk(Buffer.from(chunk))
    }
    recorded.time += 50
    observation.completed()
    expect(recorded.chunks).toEqual([0, ...events.slice(2, -1).map(() => 0.1)])
    const [facts] = recorded.calls
    expect([facts?.secondsToFirstChunk, facts?.seconds]).toEqual([0.1, (chunks.length * 100 + 50) / 1000])
  })

  it('is recorded once, however often it ends', () => {
    const recorded = new RecordedLlmCalls()
    const observation = call(recorded)
    observation.failed('aborted', new Error('first'))
    observation.completed()
    observation.failed('broken', new Error('second'))
    observation.responseChunk(Buffer.from(text))
    expect(recorded.calls.map(({ outcome }) => outcome)).toEqual(['client_error'])
  })

  it.each<[string, boolean, Options, CallResponse, string]>([
    ['an unknown path, answered by its API', true, { target: '/x' }, response(EVENTS), text],
    ['an unknown path, answered by JSON of another kind', false, { target: '/x' }, response(JSON_TYPE), '{}'],
    ['an unknown path, answered by an image', false, { target: '/x' }, response('image/png'), 'png'],
    ['an unknown path, answered by an error', true, { target: '/x' }, response(JSON_TYPE, 500), ''],
    [
      'another kind of request to an unknown path',
      false,
      { target: '/x', request: '{}' },
      response(JSON_TYPE, 500),
      '',
    ],
    ['an invalid request to an API', true, { request: '{' }, response(JSON_TYPE, 400), '{}'],
    ['an API, answered by a page', true, {}, response('text/html'), '<html>'],
    [
      'the path of an API, but another protocol',
      false,
      { request: '{"text":1}' },
      response(JSON_TYPE),
      '{"id":1}',
    ],
  ])('is recognised for %s: %s', (_what, isCall, options, answer, body) => {
    expect(exchange(answer, [body], options).calls).toHaveLength(isCall ? 1 : 0)
  })

  it('is recognised by its path if its connection fails', () => {
    const recorded = new RecordedLlmCalls()
    call(recorded, { request: '' }).failed('broken', Object.assign(new Error(), { code: 'ECONNREFUSED' }))
    expect(recorded.calls).toMatchObject([
      {
        outcome: 'network',
        errorType: 'ECONNREFUSED',
        requestModel: undefined,
        api: 'responses',
        isComplete: false,
      },
    ])
  })

  it('has the operation and usage of embeddings', () => {
    const body = '{"object":"list","data":[{"embedding":[1]}],"model":"e-1","usage":{"prompt_tokens":3}}'
    const options = { target: '/v1/embeddings', request: '{"model":"e","input":"hi"}' }
    expect(exchange(response(JSON_TYPE), [...body], options).calls).toMatchObject([
      {
        operation: 'embeddings',
        api: 'embeddings',
        requestModel: 'e',
        responseModel: 'e-1',
        usage: { inputTokens: 3 },
      },
    ])
  })
})

describe('a call with token counts in each event', () => {
  const { text } = streamVector('chat-continuous-usage')
  const events = text.split(/(?<=\n\n)/)

  it.each(['completed', 'failed'] as const)(
    'has those of the last event if the stream is cut off: %s',
    (end) => {
      const recorded = new RecordedLlmCalls()
      const observation = call(recorded, { target: '/v1/chat/completions' })
      observation.responseStarted(response(EVENTS))
      for (const event of events.slice(0, 4)) observation.responseChunk(Buffer.from(event, 'latin1'))
      if (end === 'completed') observation.completed()
      else observation.failed('aborted', new Error('reset'))
      expect(recorded.calls).toMatchObject([
        { isComplete: false, usage: { inputTokens: 19, outputTokens: 3 } },
      ])
    },
  )

  it('has them before the next chunk if the chunk is long', () => {
    const recorded = new RecordedLlmCalls(['token_usage'])
    const observation = call(recorded, { target: '/v1/chat/completions' })
    observation.responseStarted(response(EVENTS))
    const counts = () =>
      recorded.facts.flatMap((fact) => (fact.type === 'token_usage' ? fact.outputTokens : []))
    observation.responseChunk(Buffer.from(events.slice(0, 4).join(''), 'latin1'))
    expect(counts()).toEqual([0])
    observation.responseChunk(Buffer.from(`: ${'x'.repeat(5000)}\n${events[4]}`, 'latin1'))
    expect(counts()).toEqual([0, 4])
  })
})

it('is not read if calls are not measured and it has no span', () => {
  const recorded = new RecordedLlmCalls(['tool_result_sent'])
  recorded.isMeasured = false
  const observation = call(recorded)
  observation.responseStarted(response(EVENTS))
  observation.responseChunk(Buffer.from(streamVector('chat-usage').text))
  observation.completed()
  expect([recorded.calls, recorded.chunks, recorded.facts]).toEqual([[], [], []])
})
