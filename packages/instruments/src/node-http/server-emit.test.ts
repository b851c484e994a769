import http, { type RequestListener, type Server } from 'node:http'
import http2 from 'node:http2'
import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { currentRequest } from '../request-context/current-request.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { serverTracer, traceIn } from '../testing/server-tracer.ts'
import { close, idle, listen, portOf } from '../testing/servers.ts'
import { type NodeHttpObservation, observeNodeHttp } from './observe-node-http.ts'

let provider: RecordingProvider
let observation: NodeHttpObservation
let active: Context = ROOT_CONTEXT
const servers: Server[] = []

beforeEach(() => {
  provider = new RecordingProvider()
  observation = observeNodeHttp([http], {
    instruments: new GatewayInstruments({ meterProvider: provider, prefix: '', activeContext: () => active }),
    intercept: (target) =>
      target === '/metrics'
        ? () => {
            throw new Error('a handler may fail')
          }
        : undefined,
  })
})

afterEach(async () => {
  active = ROOT_CONTEXT
  observation.stop()
  await Promise.all(servers.splice(0).map(close))
})

async function serve(listener: RequestListener): Promise<Server> {
  const server = await listen(listener)
  servers.push(server)
  return server
}

function post(server: Server, headers: http.OutgoingHttpHeaders): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    http
      .request({ port: portOf(server), method: 'POST', headers, agent: false }, (response) =>
        response.resume().on('close', () => resolve(response.statusCode)),
      )
      .on('error', reject)
      .end()
  })
}

describe('a request that is emitted again', () => {
  it('keeps its first context and its sampling decision', async () => {
    const traced = (digit: string) =>
      trace.setSpanContext(ROOT_CONTEXT, {
        traceId: digit.repeat(32),
        spanId: digit.repeat(16),
        traceFlags: 0,
      })
    const started: (string | undefined)[] = []
    observation.stop()
    observation = observeNodeHttp([http], {
      instruments: new GatewayInstruments({ meterProvider: provider, prefix: '' }),
      tracer: serverTracer((request) => {
        started.push(request?.url)
        return traceIn(traced(started.length === 1 ? 'a' : 'b'))
      }),
    })
    const inner = await serve((_request, response) => response.end())
    const outer = await serve((...emitted) => void inner.emit('request', ...emitted))
    await fetch(`http://127.0.0.1:${portOf(outer)}/`)
    await idle(provider)
    expect(started).toEqual(['/'])
    const contexts = provider.calls
      .filter(({ name }) => name === 'http.requests')
      .map(({ context }) => context)
    expect(contexts.map((context) => context && trace.getSpanContext(context)?.traceId)).toEqual([
      'a'.repeat(32),
    ])
  })
})

describe('an application that handles Expect itself', () => {
  it.each(['checkContinue', 'checkExpectation'])('handles %s as the request', async (event) => {
    const seen: boolean[] = []
    const server = await serve((_request, response) => response.end())
    server.on(event, (request, response) => {
      seen.push(currentRequest() !== undefined)
      server.emit('request', request, response)
    })
    const status = await post(server, { expect: event === 'checkContinue' ? '100-continue' : 'more' })
    await idle(provider)
    expect([status, seen]).toEqual([200, [true]])
    expect(provider.sums('http.requests')).toEqual({ 'method=POST,route=unmatched,status=200': 1 })
  })
})

it('does not fail if an application emits values that are not requests', async () => {
  const given: unknown[] = []
  const server = await serve((...args) => void given.push(args))
  server.emit('request')
  server.emit('request', { url: 7 }, {})
  expect(given).toEqual([[], [{ url: 7 }, {}]])
})

it('does not fail the application if an intercepting handler fails', async () => {
  const server = await serve((_request, response) => response.end())
  const answer = fetch(`http://127.0.0.1:${portOf(server)}/metrics`).catch(() => 'broken')
  await (await fetch(`http://127.0.0.1:${portOf(server)}/`)).text()
  server.closeAllConnections()
  expect(await answer).toBe('broken')
})

it('does not wrap the emit of each server', async () => {
  const server = http2.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  expect(Object.hasOwn(server, 'emit')).toBe(false)
  await new Promise<void>((resolve) => server.close(() => resolve()))
})
