import { hasSubscribers } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import type { Group } from '../instruments/catalog.ts'
import { startEngine } from '../testing/llm-engine.ts'
import { ObservedServers } from '../testing/observed-servers.ts'
import { close, portOf } from '../testing/servers.ts'

const ends: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Starts observed servers with these groups, and an engine that the servers call. */
async function start(groups: readonly Group[]): Promise<{ servers: ObservedServers; engine: string }> {
  const engine = await startEngine()
  const servers = new ObservedServers({ groups })
  ends.push(
    () => close(engine),
    () => servers.end(),
  )
  return { servers, engine: `http://127.0.0.1:${portOf(engine)}` }
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

// The engine is in this process: its answers to `/v1/responses` would count as those of a gateway.

/** Calls the engine over one connection at a time. */
async function viaHttp(url: string, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const request = http.request(`${url}/engine`, { method: 'POST', headers, agent })
  request.end(JSON.stringify(body))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return text(response)
}

async function viaFetch(url: string, body: object): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/engine`, { method: 'POST', headers, body: JSON.stringify(body) })
  return response.text()
}

describe.each([
  ['fetch', viaFetch],
  ['node:http', viaHttp],
])('a call to an LLM API by %s for a request', (_client, call) => {
  it('belongs to that request, also on a connection that another request has opened', async () => {
    const { servers, engine } = await start(['http', 'tool'])
    const gateway = await servers.serve(async (request, response) => {
      const id = request.url?.slice(1) ?? ''
      // Each request sends the results of the other's call, except the last one.
      const input = [{ type: 'function_call_output', call_id: id === 'c' ? 'c' : 'x', output: 'o' }]
      await call(engine, { model: 'm', input: 'hi', answer: 'tool', id })
      await call(engine, { model: 'm', input })
      response.end()
    })
    await Promise.all(['a', 'b', 'c'].map(async (id) => (await fetch(`${gateway}/${id}`)).text()))
    await servers.idle()
    expect(servers.provider.sums('tool.calls.requested')).toEqual({ 'tool_type=function': 3 })
    expect(servers.provider.sums('tool.calls.executed')).toEqual({ 'tool_type=function': 1 })
  })

  it('ends the overhead of the gateway with its first chunk', async () => {
    const { servers, engine } = await start(['http', 'sse', 'upstream'])
    const gateway = await servers.serve(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      servers.now += 3
      const answer = call(engine, { model: 'm', input: 'hi', answer: 'stream' })
      response.end(await answer)
    })
    await (await fetch(gateway)).text()
    await servers.idle()
    expect(servers.values('gateway.overhead')).toEqual([0.003])
  })
})

describe('tool calls of a call to an LLM API outside of any request', () => {
  it('are counted as requested when the call ends', async () => {
    const { servers, engine } = await start(['tool'])
    await viaFetch(engine, { model: 'm', input: 'hi', answer: 'tool', id: 'a' })
    while (servers.values('tool.calls.requested').length === 0) await new Promise(setImmediate)
    expect(servers.provider.sums('tool.calls.requested')).toEqual({ 'tool_type=function': 1 })
  })
})

describe('models that an engine lists', () => {
  it('are values of gen_ai.request.model, also of calls that fail', async () => {
    const { servers, engine } = await start(['genai'])
    await viaFetch(engine, { model: 'listed-2', answer: 'fail', input: '' })
    await (await fetch(`${engine}/v1/models`)).text()
    await viaFetch(engine, { model: 'listed-2', answer: 'fail', input: '' })
    await viaHttp(engine, { model: 'listed-3', answer: 'fail', input: '' })
    const recorded = (): unknown[] =>
      servers.attributes('gen_ai.client.operation.duration').map((each) => each['gen_ai.request.model'])
    while (recorded().length < 3) await new Promise(setImmediate)
    expect(recorded()).toEqual(['other', 'listed-2', 'other'])
  })
})

describe('the bodies of calls', () => {
  const CHANNELS = ['undici:request:bodyChunkSent', 'undici:request:bodyChunkReceived']

  it.each<[string, readonly Group[], boolean]>([
    ['genai', ['genai'], true],
    ['upstream', ['upstream'], true],
    ['tool', ['tool'], true],
    ['none that needs them', ['http', 'sse', 'websocket', 'mcp', 'http_semconv'], false],
  ])('are read only if a group needs them: %s', async (_name, groups, isRead) => {
    await start(groups)
    expect(CHANNELS.map((name) => hasSubscribers(name))).toEqual([isRead, isRead])
  })

  it('do not start to flow, and the request has no further enumerable properties', async () => {
    const { engine } = await start(['genai'])
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, agent: false as const }
    const request = http.request(`${engine}/v1/responses`, options)
    const names = Object.keys(request)
    expect(names.filter((name) => ['write', 'end', 'destroy'].includes(name))).toEqual([])
    request.end('{"model":"m","input":"hi"}')
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect([response.readableFlowing, response.listenerCount('data')]).toEqual([null, 0])
    expect(Object.keys(response)).not.toContain('push')
    expect(await text(response)).toContain('resp_1')
  })
})
