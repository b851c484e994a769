import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Group } from '../instruments/catalog.ts'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { METRIC_EVENT_CHANNEL, type MetricEvent } from '../instruments/metric-events.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { RequestObservation } from './request-observation.ts'

let now = 0
let provider: RecordingProvider
let events: MetricEvent[]
const listener = (message: unknown): void => void events.push(message as MetricEvent)

beforeEach(() => {
  now = 0
  provider = new RecordingProvider()
  events = []
})

afterEach(() => unsubscribe(METRIC_EVENT_CHANNEL, listener))

function gateway(groups: readonly Group[], llamaStackPrefix = 'llama_stack'): GatewayInstruments {
  return new GatewayInstruments({ meterProvider: provider, groups, llamaStackPrefix, now: () => now })
}

function request(instruments: GatewayInstruments, target: string, route = target): RequestObservation {
  const arrived = { method: 'POST', scheme: 'http', protocolVersion: '1.1', target } as const
  const observation = new RequestObservation(instruments, arrived)
  observation.setRoute(route)
  return observation
}

/** The measurements of the group, without contexts. */
const recorded = (): unknown[] =>
  provider.calls
    .filter(({ name }) => name.startsWith('llama_stack.'))
    .map(({ name, value, attributes }) => [name.replace('llama_stack.', ''), value, attributes])

describe('the group llama_stack', () => {
  it('measures a stream until it ends', () => {
    const stream = request(gateway(['llama_stack']), '/v1/chat/completions')
    now = 1000
    stream.headersSent({ status: 200, isEventStream: true, isIdentity: true })
    stream.stream?.sent(14, 'data: [DONE]\n\n')
    expect(recorded()).toEqual([['concurrent_requests', 1, { api: 'chat' }]])
    now = 3500
    stream.end('finished', 200, 200)
    expect(recorded().slice(1)).toEqual([
      ['concurrent_requests', -1, { api: 'chat' }],
      ['requests', 1, { api: 'chat', status: 'success', status_code: '200' }],
      ['request_duration', 3.5, { api: 'chat' }],
    ])
  })

  it.each<[string, 'finished' | 'client_closed', number | undefined, number, object]>([
    ['a redirect as success', 'finished', 302, 302, { status: 'success', status_code: '302' }],
    ['a client error as error', 'finished', 404, 404, { status: 'error', status_code: '404' }],
    ['a server error as error', 'finished', 500, 500, { status: 'error', status_code: '500' }],
    ['an aborted request as error', 'client_closed', undefined, 499, { status: 'error', status_code: '499' }],
    ['an aborted answer as error', 'client_closed', 200, 200, { status: 'error', status_code: '200' }],
    ['an invalid status code as other', 'finished', 7, 7, { status: 'success', status_code: 'other' }],
  ])('counts %s', (_name, cause, sent, status, labels) => {
    request(gateway(['llama_stack']), '/v1/models').end(cause, sent, status)
    expect(recorded()).toContainEqual(['requests', 1, { api: 'models', ...labels }])
  })

  it('counts an aborted stream as error', () => {
    const stream = request(gateway(['llama_stack']), '/v1/chat/completions')
    stream.headersSent({ status: 200, isEventStream: true, isIdentity: true })
    stream.end('client_closed', 200, 200)
    expect(recorded()).toContainEqual(['requests', 1, { api: 'chat', status: 'error', status_code: '200' }])
  })

  it('takes the API from the route, and that of concurrent requests from the path', () => {
    const instruments = gateway(['llama_stack'])
    request(instruments, '/proxy/1', '/v1/models').end('finished', 200, 200)
    request(instruments, '/v1/models/x/y', '').end('finished', 404, 404)
    const apis = recorded().map((call) => (call as [string, number, { api: string }])[2].api)
    expect(apis).toEqual(['unknown', 'unknown', 'models', 'models', 'models', 'models', 'unknown', 'unknown'])
  })
})

describe('metric events', () => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0 }

  it('are published without the group, in the order of llama-stack, with the ids of an unsampled trace', () => {
    subscribe(METRIC_EVENT_CHANNEL, listener)
    const first = request(gateway([], 'ogx.v1'), '/v1/chat/completions')
    first.setContext(trace.setSpanContext(ROOT_CONTEXT, span))
    now = 250
    first.end('finished', 200, 200)
    const common = { trace_id: span.traceId, span_id: span.spanId, type: 'metric' }
    expect(events.map(({ timestamp, ...event }) => event)).toEqual([
      {
        ...common,
        metric: 'ogx_v1_requests_total',
        value: 1,
        unit: 'requests',
        attributes: { api: 'chat', status: '200' },
      },
      {
        ...common,
        metric: 'ogx_v1_request_duration_seconds',
        value: 0.25,
        unit: 'seconds',
        attributes: { api: 'chat', status: '200' },
      },
      {
        ...common,
        metric: 'ogx_v1_concurrent_requests',
        value: 1,
        unit: 'requests',
        attributes: { api: 'chat' },
      },
    ])
    expect(recorded()).toEqual([])
  })

  it('count the requests of each API that are in progress', () => {
    subscribe(METRIC_EVENT_CHANNEL, listener)
    const instruments = gateway([])
    const requests = ['chat', 'chat', 'models', 'chat'].map((api) => request(instruments, `/v1/${api}`))
    for (const one of requests) one.end('finished', 200, 200)
    const concurrent = events.filter(({ metric }) => metric.endsWith('concurrent_requests'))
    expect(concurrent.map(({ attributes, value }) => [attributes.api, value])).toEqual([
      ['chat', 3],
      ['chat', 2],
      ['models', 1],
      ['chat', 1],
    ])
    expect(events.map(({ trace_id, span_id }) => trace_id + span_id).join('')).toBe('')
  })

  it('are those of requests that arrive and end while the channel has a subscriber', () => {
    const instruments = gateway([])
    const before = request(instruments, '/v1/chat')
    subscribe(METRIC_EVENT_CHANNEL, listener)
    const [during, unread] = [request(instruments, '/v1/chat'), request(instruments, '/v1/chat')]
    before.end('finished', 200, 200)
    expect(events).toEqual([])
    during.end('finished', 200, 200)
    unsubscribe(METRIC_EVENT_CHANNEL, listener)
    unread.end('finished', 200, 200)
    expect(events.map(({ value }) => value)).toEqual([1, 0, 2])
    subscribe(METRIC_EVENT_CHANNEL, listener)
    request(instruments, '/v1/chat').end('finished', 200, 200)
    expect(events.at(-1)?.value).toBe(1)
  })

  it('need no clock and no span without a subscriber', () => {
    const instruments = gateway([])
    const observation = request(instruments, '/v1/chat')
    const reads = { clock: 0, span: 0 }
    Object.assign(instruments, { now: () => reads.clock++ })
    const getValue = (): undefined => void reads.span++
    observation.setContext({ getValue, setValue: () => ROOT_CONTEXT, deleteValue: () => ROOT_CONTEXT })
    const before = { ...reads }
    observation.end('finished', 200, 200)
    expect(channel(METRIC_EVENT_CHANNEL).hasSubscribers).toBe(false)
    // The clock is read for the duration of the group `http`, whose instruments always exist.
    expect(reads).toEqual({ clock: before.clock + 1, span: before.span })
  })
})
