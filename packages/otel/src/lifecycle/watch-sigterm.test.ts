import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { watchSigterm } from './watch-sigterm.ts'

function setUp() {
  const target = new EventEmitter()
  let seen = 0
  const stop = watchSigterm(() => seen++, target as unknown as NodeJS.Process)
  return { target, stop, seen: () => seen }
}

it('sees SIGTERM of Node before the listeners of the application, and adds no listener', () => {
  const { target, seen } = setUp()
  expect(target.emit('SIGTERM', 'SIGTERM', 15)).toBe(false)
  const order: number[] = []
  target.on('SIGTERM', (...args) => order.push(seen(), ...args.slice(1)))
  expect(target.emit('SIGTERM', 'SIGTERM', 15)).toBe(true)
  expect(order).toEqual([2, 15])
  expect(target.listenerCount('SIGTERM')).toBe(1)
})

it('ignores other events, and a SIGTERM that the application emits', () => {
  const { target, seen } = setUp()
  target.emit('SIGTERM')
  target.emit('SIGTERM', 'SIGTERM')
  target.emit('SIGINT', 'SIGINT', 2)
  expect(seen()).toBe(0)
})

it('restores `emit` when it stops, unless other code has wrapped it since', () => {
  const { target, stop, seen } = setUp()
  stop()
  expect(Object.hasOwn(target, 'emit')).toBe(false)
  const wrapped = setUp()
  const { emit } = wrapped.target
  const wrapper = (...args: Parameters<typeof emit>): boolean => Reflect.apply(emit, wrapped.target, args)
  wrapped.target.emit = wrapper
  wrapped.stop()
  expect(wrapped.target.emit).toBe(wrapper)
  wrapped.target.emit('SIGTERM', 'SIGTERM', 15)
  expect([seen(), wrapped.seen()]).toEqual([0, 0])
})
