import { expect, it, vi } from 'vitest'
import type { Observation } from '../observation/observation-registry.ts'

const SHARED_CONTEXT = Symbol.for('vr.otel.request_context')

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
