import { beforeEach, expect, it, vi } from 'vitest'
import type { Observation } from '../observation/observation-registry.ts'

const SHARED_CONTEXT = Symbol.for('vr.otel.request_context')

beforeEach(() => {
  Reflect.deleteProperty(globalThis, SHARED_CONTEXT)
})

/** Loads another copy of the module. */
function loadCopy(): Promise<typeof import('./current-request.ts')> {
  vi.resetModules()
  return import('./current-request.ts')
}

it('copies of this package share the current request and what runs in it, and create nothing before their first use', async () => {
  const [first, second] = [await loadCopy(), await loadCopy()]
  expect(first.currentRequest).not.toBe(second.currentRequest)
  expect(Object.hasOwn(globalThis, SHARED_CONTEXT)).toBe(false)
  const request = { kind: 'request', hasTrace: false, context: {} } as unknown as Observation
  const execution = { type: 'function' as const, name: undefined, callId: undefined, startedAt: 0 }
  const seen = first.runInRequestContext(request, () => [
    second.currentRequest(),
    second.runInExecution(execution, () => [first.currentRequest(), first.currentExecution()]),
    first.runInMcpStartup(() => second.isInMcpStartup()),
    second.contextStorage.active() === first.contextStorage.active(),
  ])
  expect(seen).toEqual([request, [request, execution], true, true])
  expect(first.currentRequest()).toBeUndefined()
})

it('a copy that shares its context removes the global when it stops, and shares the same context when it starts again', async () => {
  const [first, second, third] = [await loadCopy(), await loadCopy(), await loadCopy()]
  const request = { kind: 'request', hasTrace: false, context: {} } as unknown as Observation
  const requestsIn = (copies: readonly (typeof first)[]) =>
    first.runInRequestContext(request, () => copies.map((copy) => copy.currentRequest()))
  first.shareRequestContext()()
  expect(Object.hasOwn(globalThis, SHARED_CONTEXT)).toBe(false)
  const stop = first.shareRequestContext()
  expect(requestsIn([second])).toEqual([request])
  stop()
  expect(Object.hasOwn(globalThis, SHARED_CONTEXT)).toBe(false)
  const stopAgain = first.shareRequestContext()
  expect(requestsIn([second, third])).toEqual([request, request])
  stopAgain()
  expect(Object.hasOwn(globalThis, SHARED_CONTEXT)).toBe(false)
})
