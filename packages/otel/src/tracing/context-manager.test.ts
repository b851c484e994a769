import { EventEmitter } from 'node:events'
import { type Context, ROOT_CONTEXT } from '@opentelemetry/api'
import { afterAll, describe, expect, it } from 'vitest'
import { createContextManager } from './context-manager.ts'

const manager = createContextManager()
const own = ROOT_CONTEXT.setValue(Symbol('own'), 1)
const other = ROOT_CONTEXT.setValue(Symbol('other'), 1)

afterAll(() => void manager.disable())

/** Returns an emitter with the observation of a request. */
function request(hasTrace: boolean): EventEmitter {
  const observation = { hasTrace, context: hasTrace ? own : ROOT_CONTEXT }
  return Object.assign(new EventEmitter(), { [Symbol.for('vr.otel.request_observation')]: observation })
}

/** Binds an emitter and returns the context in which a new listener runs. */
function contextOfListener(emitter: EventEmitter, bound: Context): Context | undefined {
  let seen: Context | undefined
  manager.bind(bound, emitter).on('event', () => {
    seen = manager.active()
  })
  emitter.emit('event')
  return seen
}

describe('the context manager', () => {
  it('runs a function in a context with its this, its arguments and its result', async () => {
    const seen: unknown[] = []
    async function note(this: unknown, ...args: unknown[]) {
      seen.push(this, args, manager.active())
      await new Promise(setImmediate)
      manager.with(other, () => seen.push(manager.active()))
      seen.push(manager.active())
      return 'answer'
    }
    const self = {}
    expect(await manager.with(own, note, self, 1, 2)).toBe('answer')
    expect(seen).toEqual([self, [1, 2], own, other, own])
    expect(manager.active()).toBe(ROOT_CONTEXT)
  })

  it('attaches a context until it is disposed, once', () => {
    manager.with(own, () => {
      const token = manager.attach?.(other)
      expect(manager.active()).toBe(other)
      token?.dispose()
      expect(manager.active()).toBe(own)
      manager.with(other, () => {
        token?.dispose()
        expect(manager.active()).toBe(other)
      })
    })
  })

  it('does not bind a request to its own context, or before its trace has started', () => {
    for (const hasTrace of [true, false]) {
      const emitter = request(hasTrace)
      expect(contextOfListener(emitter, own)).toBe(manager.active())
      expect(Object.hasOwn(emitter, 'on')).toBe(false)
    }
  })

  it('binds a request to another context, and other emitters and functions', () => {
    expect(contextOfListener(request(true), other)).toBe(other)
    expect(contextOfListener(new EventEmitter(), own)).toBe(own)
    expect(manager.bind(own, () => manager.active())()).toBe(own)
  })
})
