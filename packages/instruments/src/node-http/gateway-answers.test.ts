import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { LLM_APIS, type LlmApi } from '../testing/llm-answers.ts'
import { ObservedServers } from '../testing/observed-servers.ts'
import { gzipped } from '../testing/servers.ts'
import { UnobservedClient } from '../testing/unobserved-client.ts'

const CALLS = [
  { id: 'a', name: 'f' },
  { id: 'b', name: 'ä'.repeat(10) },
]
const TWO = { 'tool_type=function': 2 }

let client: UnobservedClient
let servers: ObservedServers

beforeEach(() => {
  client = new UnobservedClient()
  servers = new ObservedServers({ activeContext: client.activeContext })
})

afterEach(() => servers.end())

const requestedCalls = (): object => servers.provider.sums('tool.calls.requested')

/** Sends a request to a server that answers with `answer`. */
async function exchange(
  path: string,
  answer: (response: ServerResponse) => void,
  method = 'POST',
): Promise<void> {
  const url = await servers.serve((_request, response) => answer(response))
  await client.exchange(url + path, method)
  await servers.idle()
}

describe.each(LLM_APIS)('tool calls in an answer of a gateway by %s', (_name, api) => {
  const json = JSON.stringify(api.json(CALLS))
  const events = api.events(CALLS)
  const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

  it.each<[string, OutgoingHttpHeaders, (response: ServerResponse) => void]>([
    ['JSON', JSON_TYPE, (response) => response.end(json)],
    ['JSON bytes in parts', JSON_TYPE, (response) => writeParts(response, Buffer.from(json))],
    [
      'compressed JSON',
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
      (response) => writeParts(response, gzipped(json)),
    ],
    [
      'an event stream',
      { 'content-type': 'text/event-stream' },
      (response) => writeParts(response, Buffer.from(events)),
    ],
    [
      'a compressed event stream',
      { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' },
      (response) => writeParts(response, gzipped(events)),
    ],
  ])('as %s are counted', async (_how, headers, write) => {
    await exchange(`/prefix${api.path}?x=1`, (response) => {
      response.writeHead(200, headers)
      write(response)
    })
    expect(requestedCalls()).toEqual(TWO)
    expect(servers.provider.sums('tool.calls.executed')).toEqual({})
  })

  it('are counted with the stream API of HTTP/2', async () => {
    const server = http2.createServer()
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/json' })
      stream.end(json)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const request = session.request({ ':path': api.path, ':method': 'POST' }).end().resume()
    await new Promise((resolve) => request.on('close', resolve))
    session.close()
    await new Promise((resolve) => server.close(resolve))
    await servers.idle()
    expect(requestedCalls()).toEqual(TWO)
  })

  it('are not counted if a GET request repeats an earlier answer', async () => {
    await exchange(api.path, (response) => response.writeHead(200, JSON_TYPE).end(json), 'GET')
    await exchange(
      api.path,
      (response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events),
      'GET',
    )
    expect(requestedCalls()).toEqual({})
  })

  it('are not counted of JSON that is cut off, but of a stream that is', async () => {
    await exchange(api.path, (response) => {
      response.writeHead(200, JSON_TYPE)
      response.write(json.slice(0, -2), () => response.destroy())
    })
    expect(requestedCalls()).toEqual({})
    await exchange(api.path, (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(events.slice(0, events.indexOf('"b"')), () => response.destroy())
    })
    expect(requestedCalls()).toEqual({ 'tool_type=function': 1 })
  })
})

/** Writes a body one byte at a time at its beginning, then the rest. */
function writeParts(response: ServerResponse, body: Buffer): void {
  for (let at = 0; at < 100; at++) response.write(body.subarray(at, at + 1))
  response.end(body.subarray(100))
}

describe('JSON is not read', () => {
  const [, api] = LLM_APIS[0] as readonly [string, LlmApi]
  const json = JSON.stringify(api.json(CALLS))
  const answer = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(json)
  }

  it('of a path of no LLM API', async () => {
    await exchange('/v1/items', answer)
    await exchange('/v1/responses/compact', answer)
    expect(requestedCalls()).toEqual({})
  })

  it('with another content type', async () => {
    await exchange(api.path, (response) =>
      response.writeHead(200, { 'content-type': 'text/plain' }).end(json),
    )
    expect(requestedCalls()).toEqual({})
  })

  it.each([
    [['http', 'tool'], true],
    [['http', 'sse'], false],
  ] as const)('unless the group tool is enabled: %j', (groups, isRead) => {
    const instruments = new GatewayInstruments({ meterProvider: servers.provider, groups })
    const request = { method: 'POST', scheme: 'http', protocolVersion: '1.1', target: api.path } as const
    const observation = new RequestObservation(instruments, request)
    expect(observation.readsJson).toBe(isRead)
  })
})
