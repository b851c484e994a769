import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import { finished } from 'node:stream/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import type { LlmCallFacts } from '../instruments/llm-call-facts.ts'
import { startEngine } from '../testing/llm-engine.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { close, portOf } from '../testing/servers.ts'
import { observeClientCalls } from './observe-calls.ts'

const provider = new RecordingProvider()
let engine: http.Server
let calls: LlmCallFacts[]
let stop: () => void

beforeEach(async () => {
  engine = await startEngine()
  provider.calls.length = 0
  calls = []
  const instruments = new GatewayInstruments({ meterProvider: provider, prefix: '' })
  const { genai } = instruments
  if (genai !== undefined) genai.callEnded = (facts) => void calls.push(facts)
  stop = observeClientCalls(instruments)
})

afterEach(async () => {
  stop()
  await close(engine)
})

const call = (answer: string, options: http.RequestOptions = {}): ClientRequest => {
  const headers = { 'content-type': 'application/json' }
  const all = { host: '127.0.0.1', port: portOf(engine), path: '/v1/responses', method: 'POST', headers }
  const request = http.request({ ...all, agent: false, ...options })
  return request.on('error', () => {}).end(JSON.stringify({ model: 'm', input: '', answer }))
}

/** Resolves when the first part of the response has arrived. */
async function firstPart(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.on('error', () => {})
  await once(response, 'data')
  return response
}

it.each<[string, string, string, () => Promise<ClientRequest>]>([
  [
    'destroys the request in the stream',
    'ok',
    'AbortError',
    async () => {
      const request = call('hang in stream')
      await firstPart(request)
      return request.destroy()
    },
  ],
  [
    'destroys the response with an error of its own',
    'ok',
    'Error',
    async () => {
      const request = call('hang in stream')
      ;(await firstPart(request)).destroy(new Error('the client has left'))
      return request
    },
  ],
  [
    'leaves a loop over the response',
    'ok',
    'AbortError',
    async () => {
      const request = call('hang in stream')
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      for await (const _part of response) break
      return request
    },
  ],
  [
    'destroys the request before the response',
    'client_error',
    'ECONNRESET',
    async () => {
      const request = call('hang')
      await once(engine, 'request')
      return request.destroy()
    },
  ],
  [
    'destroys the request in a timer',
    'timeout',
    'TimeoutError',
    async () => {
      const request = call('hang')
      await once(engine, 'request')
      setTimeout(() => request.destroy(), 0)
      return request
    },
  ],
  [
    'destroys the request in the event timeout',
    'timeout',
    'TimeoutError',
    async () => {
      const request = call('hang', { timeout: 20 })
      return request.on('timeout', () => request.destroy())
    },
  ],
])('an application that %s has an attempt with the outcome %s', async (_what, outcome, errorType, run) => {
  const request = await run()
  if (!request.closed) await finished(request, { readable: false }).catch(() => {})
  expect(await attempts()).toEqual({ [`outcome=${outcome}`]: 1 })
  expect(calls).toMatchObject([{ errorType }])
})

/** How an application or its client library aborts a call by `fetch`, without a reason. */
const ABORTS: Readonly<Record<string, (abort: () => void) => void>> = {
  // As `openai` and `@anthropic-ai/sdk` do when their time limit is exceeded.
  'in a timer': (abort) => setTimeout(abort, 0),
  // As a gateway does when its own client leaves.
  'in an event': (abort) => setImmediate(abort),
}

it.each<[string, string, string, string, string]>([
  ['in a timer', 'hang', 'before its response', 'timeout', 'TimeoutError'],
  ['in a timer', 'hang in stream', 'in its stream', 'timeout', 'TimeoutError'],
  ['in an event', 'hang', 'before its response', 'client_error', 'AbortError'],
  ['in an event', 'hang in stream', 'in its stream', 'ok', 'AbortError'],
])('a fetch aborted %s (%s) %s has the outcome %s', async (how, answer, _when, outcome, errorType) => {
  const controller = new AbortController()
  const url = `http://127.0.0.1:${portOf(engine)}/v1/responses`
  const body = JSON.stringify({ model: 'm', input: '', answer })
  const { signal } = controller
  const sent = fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal })
  const ended = sent.then((response) => response.text())
  const aborted = expect(ended).rejects.toMatchObject({ name: 'AbortError' })
  if (answer === 'hang') await once(engine, 'request')
  else await sent
  ABORTS[how]?.(() => controller.abort())
  await aborted
  expect(await attempts()).toEqual({ [`outcome=${outcome}`]: 1 })
  expect(calls).toMatchObject([{ errorType }])
})

/** Resolves with the counted attempts, once there are any. */
async function attempts(): Promise<Record<string, number>> {
  const counted = (): Record<string, number> => provider.sums('upstream.attempts')
  while (Object.keys(counted()).length === 0) await new Promise((resolve) => setImmediate(resolve))
  return counted()
}
