import http, { type IncomingMessage } from 'node:http'
import { type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeHttpObservation } from '../node-http/observe-node-http.ts'
import { observationOf } from '../observation/observation-registry.ts'
import { ObservedHttp } from '../testing/observed-http.ts'
import { serverTracer, traceIn } from '../testing/server-tracer.ts'
import { send } from '../testing/servers.ts'
import { contextStorage, currentRequest } from './current-request.ts'

const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }
const SERVER_SPAN = trace.setSpanContext(ROOT_CONTEXT, spanContext)
const TRACER = serverTracer(() => traceIn(SERVER_SPAN))
const CHILD_SPAN = trace.setSpanContext(ROOT_CONTEXT, { ...spanContext, spanId: 'c'.repeat(16) })

/** Returns a context manager that uses `contextStorage`. */
function sharedContextManager(): ContextManager {
  const manager: ContextManager = new AsyncLocalStorageContextManager()
  manager.active = contextStorage.active
  manager.with = (active, run, self, ...args) =>
    contextStorage.run(active, () => Reflect.apply(run, self, args)) as ReturnType<typeof run>
  return manager
}

let observed: ObservedHttp
let observation: NodeHttpObservation

describe.each([
  ['a separate context manager', () => new AsyncLocalStorageContextManager()],
  ['a context manager that uses contextStorage', sharedContextManager],
])('with %s', (_name, createManager) => {
  beforeEach(() => {
    context.setGlobalContextManager(createManager().enable())
    observed = new ObservedHttp()
    observation = observed.observe()
  })

  afterEach(async () => {
    await observed.end()
    context.disable()
  })

  const own = (request: IncomingMessage) => currentRequest() === observationOf(request)

  describe('currentRequest', () => {
    it('is kept if the application replaces the context', async () => {
      const seen: boolean[] = []
      const port = await observed.serve(async (request, response) => {
        await context.with(ROOT_CONTEXT, async () => {
          await new Promise(setImmediate)
          seen.push(own(request))
        })
        response.end()
      })
      await send(port, '/')
      expect(seen).toEqual([true])
      expect(currentRequest()).toBeUndefined()
    })

    it('is the request that is emitted again, not the one that is being handled', async () => {
      const seen: boolean[] = []
      const inner = http.createServer((request) => void seen.push(own(request)))
      let first: Parameters<http.RequestListener> | undefined
      const port = await observed.serve((request, response) => {
        if (first === undefined) first = [request, response]
        else inner.emit('request', ...first)
        seen.push(own(request))
        response.end()
      })
      await send(port, '/1')
      await send(port, '/2')
      expect(seen).toEqual([true, true, true])
    })
  })

  it('listeners run in the context of the request, wherever its events are emitted', async () => {
    observation.stop()
    observed.observe({ tracer: TRACER })
    const seen: unknown[] = []
    const port = await observed.serve((request, response) => {
      const note = () => void seen.push(context.active() === SERVER_SPAN)
      request.on('mine', note)
      response.on('finish', note)
      for (const other of [CHILD_SPAN, ROOT_CONTEXT]) context.with(other, () => request.emit('mine'))
      context.with(CHILD_SPAN, () => response.end())
    })
    await send(port, '/')
    await observed.idle()
    expect(seen).toEqual([true, true, true])
  })

  it('a request that is emitted again keeps the context that the application set', async () => {
    observation.stop()
    observed.observe({ tracer: TRACER })
    const seen: unknown[] = []
    const inner = http.createServer((request, response) => {
      seen.push(context.active() === CHILD_SPAN, own(request))
      response.end()
    })
    const port = await observed.serve((...emitted) =>
      context.with(CHILD_SPAN, () => inner.emit('request', ...emitted)),
    )
    await send(port, '/')
    expect(seen).toEqual([true, true])
  })

  it('listeners of a request without a trace run in the context in which the event is emitted', async () => {
    const mine = ROOT_CONTEXT.setValue(Symbol('of the application'), 1)
    const seen: boolean[] = []
    const port = await observed.serve((request, response) => {
      request.on('mine', () => seen.push(context.active() === mine))
      context.with(mine, () => request.emit('mine'))
      response.end()
    })
    await send(port, '/')
    expect(seen).toEqual([true])
  })
})

it('setting a context keeps the current request', async () => {
  const observed = new ObservedHttp()
  observed.observe()
  const seen: boolean[] = []
  const port = await observed.serve((request, response) => {
    for (const active of [CHILD_SPAN, ROOT_CONTEXT]) {
      contextStorage.set(active)
      seen.push(currentRequest() === observationOf(request), contextStorage.active() === active)
    }
    response.end()
  })
  await send(port, '/')
  await observed.end()
  expect(seen).toEqual([true, true, true, true])
})
