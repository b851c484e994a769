import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { type AnsweredCall, LLM_APIS } from '../testing/llm-answers.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { close, listen, portOf } from '../testing/servers.ts'
import { UnobservedClient } from '../testing/unobserved-client.ts'

const CALLS = [
  { id: 'a', name: 'f' },
  { id: 'b', name: 'g' },
]

/** The gateways; the engine and the client are not observed. */
let gateways: ObservedHttp
let engine: http.Server
/** The answers of the engine, in order. */
let answers: (readonly AnsweredCall[])[]
/** The time in milliseconds. */
let now: number
let client: UnobservedClient

beforeEach(() => {
  now = 0
  client = new UnobservedClient()
  gateways = new ObservedHttp()
  const instruments = new GatewayInstruments({
    meterProvider: gateways.provider,
    prefix: '',
    now: () => now,
    activeContext: client.activeContext,
  })
  gateways.observe({ instruments, observes: (_target, server) => server !== engine })
})

afterEach(async () => {
  await gateways.end()
  await close(engine)
})

describe.each(LLM_APIS)('with an engine of %s', (_name, api) => {
  /** Sends the answer to a request: an event stream if the request asks for one. */
  function answer(response: ServerResponse, calls: readonly AnsweredCall[], isStream: boolean): void {
    response.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json')
    response.end(isStream ? api.events(calls) : JSON.stringify(api.json(calls)))
  }

  beforeEach(async () => {
    engine = await listen(async (request, response) => {
      const { stream } = JSON.parse(await text(request)) as { stream: boolean }
      answer(response, answers.shift() ?? [], stream)
    })
  })

  const engineUrl = (): string => `http://127.0.0.1:${portOf(engine)}${api.path}`

  /** Calls the engine with the results of calls, by `fetch`, and reads its answer. */
  async function callEngine(results: readonly AnsweredCall[], isStream: boolean): Promise<void> {
    const body = JSON.stringify(api.request(results, isStream))
    const headers = { 'content-type': 'application/json' }
    await (await fetch(engineUrl(), { method: 'POST', headers, body })).text()
  }

  /** Sends a request to a gateway and resolves when it has ended. */
  async function request(gateway: http.RequestListener, isStream: boolean): Promise<void> {
    const port = await gateways.serve(gateway)
    const body = JSON.stringify(api.request([{ id: 'old', name: 'f' }], isStream))
    await client.exchange(`http://127.0.0.1:${port}${api.path}`, 'POST', body)
    await gateways.idle()
  }

  const counts = (): object => ({
    requested: gateways.provider.sums('tool.calls.requested'),
    executed: gateways.provider.sums('tool.calls.executed'),
    seconds: gateways.provider.sums('tool.execution.duration'),
  })

  it.each([true, false])(
    'counts the functions that a gateway executes in parallel, with streams: %s',
    async (isStream) => {
      answers = [CALLS, []]
      await request(async (incoming, response) => {
        await text(incoming)
        await callEngine([{ id: 'old', name: 'f' }], isStream)
        now += 2000
        await callEngine([{ id: 'old', name: 'f' }, ...CALLS], isStream)
        answer(response, [], isStream)
      }, isStream)
      expect(counts()).toEqual({
        requested: { 'tool_type=function': 2 },
        executed: { 'tool_type=function': 2 },
        seconds: { 'tool_type=function': 4 },
      })
    },
  )

  it.each([true, false])(
    'counts calls that a gateway passes on to its client once, with streams: %s',
    async (isStream) => {
      answers = [CALLS]
      await request(async (incoming, response) => {
        await text(incoming)
        await callEngine([], isStream)
        answer(response, CALLS, isStream)
      }, isStream)
      expect(counts()).toEqual({ requested: { 'tool_type=function': 2 }, executed: {}, seconds: {} })
    },
  )

  it('counts the calls that a proxy pipes through node:http once, and executes none', async () => {
    for (const isStream of [true, false]) {
      answers = [CALLS]
      await request(proxy(engineUrl()), isStream)
    }
    expect(counts()).toEqual({ requested: { 'tool_type=function': 4 }, executed: {}, seconds: {} })
  })

  it('counts the calls of an engine whose client has left', async () => {
    answers = [CALLS]
    let isAnswered = (): void => {}
    const answered = new Promise<void>((resolve) => (isAnswered = resolve))
    const port = await gateways.serve(async (incoming, response) => {
      await text(incoming)
      sent.destroy()
      await once(response, 'close')
      await callEngine([], false)
      isAnswered()
    })
    const sent = client.send(`http://127.0.0.1:${port}${api.path}`).on('error', () => {})
    await answered
    await gateways.idle()
    expect(counts()).toEqual({ requested: { 'tool_type=function': 2 }, executed: {}, seconds: {} })
  })
})

/** Returns a proxy that knows nothing of LLM APIs. */
function proxy(target: string): http.RequestListener {
  return (incoming: IncomingMessage, response: ServerResponse): void => {
    const { method, headers } = incoming
    const outgoing = http.request(target, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  }
}
