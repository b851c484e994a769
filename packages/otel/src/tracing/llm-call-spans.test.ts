import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { GatewayInstruments, type Group, KNOWN_METHODS, NOOP_TRACER } from '@vr/otel-instruments'
import { observeNodeHttp } from '@vr/otel-instruments/adapters'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ClientTracer } from './client-tracer.ts'
import { GatewayPropagator } from './propagator.ts'
import { type SpanSummary, spansOf, tracer, tracerProvider } from './testing/client-calls.ts'
import { RandomIds } from './trace-ids.ts'

const SECRET = 'the prompt is secret'
/** The trace of the calls. */
const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isRemote: true }
const SAMPLED = trace.setSpanContext(ROOT_CONTEXT, { ...ids, traceFlags: 1 })

const stream = (name: string): string =>
  readFileSync(new URL(`../../../../test/data/streams/${name}.sse`, import.meta.url), 'utf8')

/** Answers with the recorded stream that the query names, or with the status 429. */
const engine = http.createServer((request, response) => {
  request.resume().on('end', () => {
    const [, name = ''] = /name=(.*)$/.exec(request.url ?? '') ?? []
    if (name === 'status') response.writeHead(429, { 'content-type': 'application/json' }).end('{}')
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(stream(name))
  })
})

const propagator = new GatewayPropagator({
  ids: new RandomIds(),
  trustsParent: true,
  baggage: undefined,
  baggageKeys: [],
})

let stop: () => void
let origin: string

/** Starts the parts in the order of a start: the hooks of calls run before those that end spans. */
function start(capturesContent: boolean, groups: readonly Group[] = ['genai']): void {
  const client = new ClientTracer({
    tracer,
    propagator,
    knownMethods: new Set(KNOWN_METHODS),
    capturesContent,
  })
  const observation = observeNodeHttp([http], {
    instruments: new GatewayInstruments({ groups }),
    tracer: {
      ...NOOP_TRACER,
      startHttpCall: (...call) => client.startHttpCall(...call),
      startUndiciCall: (...call) => client.startUndiciCall(...call),
    },
  })
  const disable = client.enable(tracerProvider)
  stop = () => {
    observation.stop()
    disable()
  }
}

beforeAll(async () => {
  await once(engine.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`
})
afterEach(() => stop())
afterAll(() => void engine.close())

const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: SECRET }] })

const CLIENTS: Readonly<Record<string, (url: string) => Promise<void>>> = {
  async fetch(url) {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    await response.text()
  },
  async 'node:http'(url) {
    const request = http.request(url, { method: 'POST', headers: { 'content-type': 'application/json' } })
    const [response] = (await once(request.end(body), 'response')) as [http.IncomingMessage]
    await once(response.resume(), 'close')
  },
}

async function spanOf(client: string, name: string, active = SAMPLED): Promise<SpanSummary | undefined> {
  const spans = await spansOf(async () => {
    const path = name.startsWith('messages') ? '/v1/messages' : '/v1/chat/completions'
    await context.with(active, () => CLIENTS[client]?.(`${origin}${path}?name=${name}`))
    await new Promise(setImmediate)
  })
  expect(spans).toHaveLength(1)
  return spans[0]
}

describe.each(Object.keys(CLIENTS))('the span of a call to an engine by %s', (client) => {
  it.each([
    ['group of metrics', ['genai'] as const],
    ['groups of metrics', [] as const],
  ])('has the attributes of the call, and no content, with the %s %j', async (_what, groups) => {
    start(false, groups)
    const span = await spanOf(client, 'chat-usage')
    expect(span).toMatchObject({
      name: 'chat m',
      kind: 'CLIENT',
      status: { code: 0 },
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'm',
        'gen_ai.request.stream': true,
        'gen_ai.response.model': 'meta-llama/Llama-4',
        'gen_ai.response.id': 'chatcmpl-2',
        'gen_ai.response.finish_reasons': ['length'],
        'gen_ai.response.time_to_first_chunk': expect.any(Number),
        'gen_ai.usage.input_tokens': 19,
        'gen_ai.usage.output_tokens': expect.any(Number),
        'openai.api.type': 'chat_completions',
      },
    })
    expect(JSON.stringify(span)).not.toContain(SECRET)
  })

  it.each([
    ['chat-error', 200],
    ['messages-error', 200],
    ['status', 429],
  ])('has the status error for %s, with the HTTP status %d', async (name, status) => {
    start(false)
    const span = await spanOf(client, name)
    expect(span?.status).toEqual({ code: 2 })
    expect(span?.attributes).toMatchObject({
      'http.response.status_code': status,
      'error.type': status === 429 ? '429' : expect.stringMatching(/^(?!200)./),
    })
  })

  it('has the content if it is captured', async () => {
    start(true)
    const { attributes = {} } = (await spanOf(client, 'chat')) ?? {}
    expect(attributes['gen_ai.input.messages']).toBe(
      JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: SECRET }] }]),
    )
    const [output] = JSON.parse(String(attributes['gen_ai.output.messages']))
    expect(output).toMatchObject({ role: 'assistant', parts: [{ type: 'text' }] })
  })

  it('has only attributes of HTTP if the active span describes the call', async () => {
    start(true)
    const parent = tracer.startSpan('chat m', { attributes: { 'gen_ai.operation.name': 'chat' } }, SAMPLED)
    const span = await spanOf(client, 'chat', trace.setSpan(SAMPLED, parent))
    expect(span?.name).toBe('POST')
    expect(Object.keys(span?.attributes ?? {}).filter((key) => key.startsWith('gen_ai'))).toEqual([])
  })
})
