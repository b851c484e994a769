import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { close, listen, portOf } from '../testing/servers.ts'
import { type CallCompletion, NOOP_TRACER } from '../tracing/request-tracer.ts'
import { observeClientCalls } from './observe-calls.ts'

const SUPPRESSED = ROOT_CONTEXT.setValue(
  createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
  true,
)
const ACTIVE = ROOT_CONTEXT.setValue(Symbol('active'), 1)
const CALL = ROOT_CONTEXT.setValue(Symbol('call'), 1)

const provider = new RecordingProvider()
let server: http.Server
let active: Context
let failure: Error | undefined
let events: unknown[]
let stop: () => void

beforeEach(async () => {
  server = await listen((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/' })
    response.end()
  })
  active = ACTIVE
  failure = undefined
  events = []
  provider.calls.length = 0
  const instruments = new GatewayInstruments({
    meterProvider: provider,
    groups: ['http_semconv'],
    activeContext: () => active,
    now: () => {
      if (failure !== undefined) throw failure
      return performance.now()
    },
  })
  stop = observeClientCalls(instruments, {
    ...NOOP_TRACER,
    startHttpCall(_request, context) {
      events.push(['http', context === ACTIVE])
      return {
        context: CALL,
        responseReceived: ({ statusCode }) => events.push(statusCode),
        failed: (error) => events.push((error as Error).message),
        closed: (completion: CallCompletion) => events.push(completion),
      }
    },
    startUndiciCall(_request, context, resendCount) {
      events.push(['undici', context === ACTIVE, resendCount])
      return CALL
    },
  })
})

afterEach(async () => {
  stop()
  await close(server)
})

/** Settles when the request and its response have closed. */
async function get(path: string): Promise<void> {
  const request = http.get({ host: '127.0.0.1', port: portOf(server), path, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await Promise.all([once(response.resume(), 'close'), once(request, 'close')])
}

const contexts = (): unknown[] =>
  provider.calls
    .filter(({ name }) => name === 'http.client.request.duration')
    .map(({ context }) => context === CALL)

describe('the tracer of outgoing calls', () => {
  it('is notified of the response and the end of a call by node:http', async () => {
    await get('/')
    expect(events).toEqual([['http', true], 200, {}, {}])
  })

  it('is notified of the failure of a call by node:http', async () => {
    const request = http.get({ host: '127.0.0.1', port: portOf(server), agent: false })
    const closed = new Promise((resolve) => request.on('error', () => {}).on('close', resolve))
    const error = new Error('on purpose')
    request.destroy(error)
    await closed
    await new Promise(setImmediate)
    expect(events.slice(0, 2)).toEqual([['http', true], 'on purpose'])
  })

  it('receives the resend count of a call by fetch', async () => {
    await (await fetch(`http://127.0.0.1:${portOf(server)}/moved`)).text()
    expect(events).toEqual([
      ['undici', true, 0],
      ['undici', true, 1],
    ])
  })

  it('starts the trace of a call whose measurement throws', async () => {
    failure = new Error('clock')
    await get('/')
    await (await fetch(`http://127.0.0.1:${portOf(server)}/moved`)).text()
    expect(events).toEqual([['http', true], 200, {}, {}, ['undici', true, 0], ['undici', true, 1]])
    expect(contexts()).toEqual([])
  })

  it('does not prevent the measurement of a call if it throws', async () => {
    stop()
    const fail = (): never => {
      throw new Error('tracer')
    }
    const instruments = new GatewayInstruments({ meterProvider: provider, groups: ['http_semconv'] })
    stop = observeClientCalls(instruments, { ...NOOP_TRACER, startHttpCall: fail, startUndiciCall: fail })
    await get('/')
    await (await fetch(`http://127.0.0.1:${portOf(server)}/`)).text()
    await new Promise(setImmediate)
    expect(contexts()).toEqual([false, false])
  })

  it('provides the context in which the duration of a call is recorded', async () => {
    await get('/')
    await (await fetch(`http://127.0.0.1:${portOf(server)}/`)).text()
    await new Promise(setImmediate)
    expect(contexts()).toEqual([true, true])
  })

  it('is not called, and nothing is measured, in a context that suppresses tracing', async () => {
    active = SUPPRESSED
    await get('/')
    await (await fetch(`http://127.0.0.1:${portOf(server)}/`)).text()
    await new Promise(setImmediate)
    expect([events, contexts()]).toEqual([[], []])
  })

  it('is not called, and nothing is measured, for a request of the telemetry', async () => {
    const agent = new http.Agent()
    Object.defineProperty(agent, Symbol.for('vr.otel.unobserved_agent'), { value: true })
    const [response] = (await once(
      http.get(`http://127.0.0.1:${portOf(server)}/`, { agent }),
      'response',
    )) as [IncomingMessage]
    await once(response.resume(), 'end')
    await new Promise(setImmediate)
    expect([events, contexts()]).toEqual([[], []])
  })
})
