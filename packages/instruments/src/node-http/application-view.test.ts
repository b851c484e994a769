import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { serverTracer, traceIn } from '../testing/server-tracer.ts'
import { send } from '../testing/servers.ts'

const SPAN_CONTEXT = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }

let observed: ObservedHttp

beforeEach(() => {
  observed = new ObservedHttp()
})

afterEach(() => observed.end())

describe('the application', () => {
  it('has the same listeners, properties and method signatures as without observation', async () => {
    const describeResponse = (request: IncomingMessage, response: ServerResponse) => ({
      listeners: response.eventNames().map((name) => [String(name), response.listenerCount(name)]),
      requestKeys: Reflect.ownKeys({ ...request }).length,
      responseKeys: Reflect.ownKeys({ ...response }).length,
      writeHead: [response.writeHead.name, response.writeHead.length],
      emit: [response.emit.name, response.emit.length],
    })
    const inspect = async (): Promise<unknown> => {
      let seen: unknown
      const port = await observed.serve((request, response) => {
        seen = describeResponse(request, response)
        response.end()
      })
      await send(port, '/')
      return seen
    }
    const bare = await inspect()
    observed.observe()
    expect(await inspect()).toEqual(bare)
  })

  it('gets its prototypes back when the observation stops', async () => {
    const before = [
      Object.getOwnPropertyDescriptors(http.Server.prototype),
      Object.getOwnPropertyDescriptors(http.ServerResponse.prototype),
      Object.getOwnPropertyDescriptors(http.IncomingMessage.prototype),
    ]
    const observation = observed.observe()
    expect(Object.hasOwn(http.Server.prototype, 'emit')).toBe(true)
    observation.stop()
    expect([
      Object.getOwnPropertyDescriptors(http.Server.prototype),
      Object.getOwnPropertyDescriptors(http.ServerResponse.prototype),
      Object.getOwnPropertyDescriptors(http.IncomingMessage.prototype),
    ]).toEqual(before)
  })

  it('does not receive requests that were intercepted', async () => {
    observed.observe({
      observes: (target) => target !== '/metrics',
      intercept: (target) => {
        if (target === '/broken') throw new Error('an interceptor may fail')
        return target === '/metrics' ? (_request, response) => response.end('ours') : undefined
      },
    })
    const reached: (string | undefined)[] = []
    const port = await observed.serve((request, response) => {
      reached.push(request.url)
      response.end()
    })
    for (const path of ['/metrics', '/broken', '/own']) await send(port, path)
    await observed.idle()
    expect(reached).toEqual(['/broken', '/own'])
    expect(observed.provider.sums('http.requests')).toEqual({ 'method=GET,route=unmatched,status=200': 2 })
  })

  it('is measured in the active context', async () => {
    const key = Symbol('key')
    observed.observe({
      instruments: new GatewayInstruments({
        meterProvider: observed.provider,
        prefix: '',
        activeContext: () => ROOT_CONTEXT.setValue(key, 'inside'),
      }),
    })
    const port = await observed.serve((_request, response) => response.end())
    await send(port, '/')
    await observed.idle()
    const requests = observed.provider.calls.filter(({ name }) => name === 'http.requests')
    expect(requests.map(({ context }) => context?.getValue(key))).toEqual(['inside'])
  })

  it('is measured in the trace of the request tracer, although another package wrapped emit before', async () => {
    const own = trace.setSpanContext(ROOT_CONTEXT, SPAN_CONTEXT)
    const other = trace.setSpanContext(ROOT_CONTEXT, { ...SPAN_CONTEXT, spanId: 'c'.repeat(16) })
    const unwrap = wrapMethod(
      http.Server.prototype,
      'emit',
      (original) =>
        function (this: unknown, ...args: unknown[]) {
          if (args[0] === 'request') (args[2] as ServerResponse).on('close', () => {})
          return original(this, args)
        },
    )
    const observation = observed.observe({
      instruments: new GatewayInstruments({
        meterProvider: observed.provider,
        prefix: '',
        activeContext: () => other,
      }),
      tracer: serverTracer(() => traceIn(own)),
    })
    try {
      const port = await observed.serve((_request, response) => response.end())
      await send(port, '/')
      await observed.idle()
      const requests = observed.provider.calls.filter(({ name }) => name === 'http.requests')
      expect(requests.map(({ context }) => context)).toEqual([own])
    } finally {
      observation.stop()
      unwrap()
    }
  })

  it('is measured in the context of an instrumentation that wrapped emit before', async () => {
    const span = trace.wrapSpanContext(SPAN_CONTEXT)
    const outside = ROOT_CONTEXT
    let active = outside
    const unwrap = wrapMethod(
      http.Server.prototype,
      'emit',
      (original) =>
        function (this: unknown, ...args: unknown[]) {
          if (args[0] !== 'request') return original(this, args)
          active = trace.setSpan(ROOT_CONTEXT, span)
          try {
            ;(args[2] as ServerResponse).on('close', () => {})
            return original(this, args)
          } finally {
            active = outside
          }
        },
    )
    const observation = observed.observe({
      instruments: new GatewayInstruments({
        meterProvider: observed.provider,
        prefix: '',
        activeContext: () => active,
      }),
    })
    try {
      const port = await observed.serve((_request, response) => response.end())
      await send(port, '/')
      await observed.idle()
      const requests = observed.provider.calls.filter(({ name }) => name === 'http.requests')
      expect(requests.map(({ context }) => context && trace.getSpan(context))).toEqual([span])
    } finally {
      observation.stop()
      unwrap()
    }
  })
})
