import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { LlmCallFacts } from '../instruments/llm-call-facts.ts'
import { CHAT, RESPONSE, startEngine } from '../testing/llm-engine.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { close, portOf } from '../testing/servers.ts'
import { observeClientCalls } from './observe-calls.ts'

const provider = new RecordingProvider()
let engine: http.Server
let port: number
let instruments: GatewayInstruments
let calls: LlmCallFacts[]
let stop: () => void

beforeEach(async () => {
  engine = await startEngine()
  port = portOf(engine)
  provider.calls.length = 0
  calls = []
  instruments = new GatewayInstruments({ meterProvider: provider, prefix: '' })
  const { genai } = instruments
  if (genai !== undefined) genai.callEnded = (facts) => void calls.push(facts)
  stop = observeClientCalls(instruments)
})

afterEach(async () => {
  stop()
  await close(engine)
})

/** A client that sends a JSON body to a path and returns the body of the response. */
type Client = (path: string, body: string, signal?: AbortSignal) => Promise<string>

const viaFetch: Client = async (path, body, signal) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    ...(signal && { signal }),
  })
  return response.text()
}

const viaHttp: Client = async (path, body, signal) => {
  const request = http.request({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    agent: false,
    ...(signal && { signal }),
  })
  request.write(body.slice(0, 3))
  request.end(body.slice(3), 'latin1')
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return text(response)
}

/** Resolves when a number of attempts have been counted. */
async function attempts(count: number): Promise<Record<string, number>> {
  const sums = (): Record<string, number> => provider.sums('upstream.attempts')
  while (Object.values(sums()).reduce((a, b) => a + b, 0) < count)
    await new Promise((resolve) => setImmediate(resolve))
  return sums()
}

const request = (answer: string): string => JSON.stringify({ model: 'm', input: 'hi', answer })

describe.each<[string, Client]>([
  ['fetch', viaFetch],
  ['node:http', viaHttp],
])('a call by %s', (client, send) => {
  it.each([
    ['stream', CHAT],
    ['bytes', CHAT],
    ['json', RESPONSE],
  ])('is recorded, and the application receives the same bytes: %s', async (answer, body) => {
    expect(await send('/v1/responses', request(answer))).toBe(body)
    expect(await attempts(1)).toEqual({ 'outcome=ok': 1 })
    expect(calls).toMatchObject([
      {
        requestModel: 'm',
        status: 200,
        isComplete: true,
        isStream: answer !== 'json',
        serverAddress: '127.0.0.1',
        serverPort: port,
        errorType: undefined,
      },
    ])
    expect(calls[0]?.usage?.outputTokens).toBeGreaterThan(0)
  })

  it.each(['gzip', 'gzip json'])('is recorded if its response is encoded: %s', async (answer) => {
    await send('/v1/responses', request(answer))
    expect(await attempts(1)).toEqual({ 'outcome=ok': 1 })
    expect(calls[0]?.usage?.outputTokens).toBeGreaterThan(0)
  })

  it.each([
    ['limit', 'rate_limited', '429'],
    ['reject', 'client_error', '400'],
    ['fail', 'server_error', '503'],
    ['failed json', 'server_error', 'overloaded'],
    ['error json', 'server_error', 'overloaded'],
    ['end early', 'server_error', 'incomplete_response'],
    ['cut', 'server_error', expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/)],
    ['cut json', 'server_error', expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/)],
    ['reset', 'network', expect.stringMatching(/^(UND_ERR_SOCKET|ECONNRESET)$/)],
  ])('that is answered by %s has the outcome %s', async (answer, outcome, errorType) => {
    await send('/v1/responses', request(answer)).catch(() => {})
    expect(await attempts(1)).toEqual({ [`outcome=${outcome}`]: 1 })
    expect(calls).toMatchObject([{ errorType, requestModel: 'm' }])
  })

  it('that is refused has the outcome network', async () => {
    await close(engine)
    await send('/v1/responses', request('json')).catch(() => {})
    expect(await attempts(1)).toEqual({ 'outcome=network': 1 })
    expect(calls).toMatchObject([{ errorType: 'ECONNREFUSED', status: undefined, api: 'responses' }])
    engine = await startEngine()
  })

  it.each([
    ['hang', 'client_error'],
    ['hang in stream', 'ok'],
  ])('that the application aborts has one outcome: %s', async (answer, outcome) => {
    const controller = new AbortController()
    engine.on('request', (incoming) => incoming.on('end', () => setImmediate(() => controller.abort())))
    await send('/v1/responses', request(answer), controller.signal).catch(() => {})
    expect(Object.values(await attempts(1))).toEqual([1])
    if (answer === 'hang') expect(await attempts(1)).toEqual({ [`outcome=${outcome}`]: 1 })
    expect(calls).toMatchObject([{ errorType: 'AbortError', isComplete: false }])
  })

  it('that exceeds a time limit has the outcome timeout', async () => {
    await send('/v1/responses', request('hang'), AbortSignal.timeout(50)).catch(() => {})
    expect(await attempts(1)).toEqual({ 'outcome=timeout': 1 })
    expect(calls).toMatchObject([{ errorType: 'TimeoutError' }])
  })

  it('is one attempt for each retry', async () => {
    await send('/v1/responses', request('limit'))
    await send('/v1/responses', request('json'))
    expect(await attempts(2)).toEqual({ 'outcome=rate_limited': 1, 'outcome=ok': 1 })
  })

  it('is one attempt if it is redirected', async () => {
    const send307 = send('/v1/responses', request('redirect'))
    if (client === 'fetch') expect(await send307).toBe(RESPONSE)
    else await send307.then(() => send('/v1/responses/', request('json')))
    expect(await attempts(1)).toEqual({ 'outcome=ok': 1 })
    expect(calls).toMatchObject([{ status: 200, usage: { outputTokens: 7 } }])
  })

  it('is not recorded if it is none to an LLM API', async () => {
    await send('/other', JSON.stringify({ answer: 'fail' }))
    await send('/v1/audio/speech', request('fail'))
    await send('/v1/responses', request('json'))
    expect(await attempts(1)).toEqual({ 'outcome=ok': 1 })
  })
})
