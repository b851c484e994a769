import { expect, it } from 'vitest'
import { flushBeforeDisconnect } from './flush-before-disconnect.ts'

/** A child that records how often Node's method is called; the first call disconnects it. */
function setUp(flush: () => Promise<unknown>) {
  const child = {
    connected: true,
    calls: 0,
    disconnect() {
      this.calls += 1
      this.connected = false
    },
  }
  flushBeforeDisconnect(child, flush)
  return child
}

it('disconnects when the child has pushed', async () => {
  const flushed = Promise.withResolvers<void>()
  const child = setUp(() => flushed.promise)
  child.disconnect()
  expect(child.calls).toBe(0)
  flushed.resolve()
  await new Promise(setImmediate)
  expect(child.calls).toBe(1)
})

it('disconnects a child that does not push, when the time is up', async () => {
  const child = setUp(() => new Promise(() => {}))
  child.disconnect()
  await expect.poll(() => child.calls).toBe(1)
})

it('disconnects at once when it is called again, and only once', async () => {
  const flushed = Promise.withResolvers<void>()
  const child = setUp(() => flushed.promise)
  child.disconnect()
  child.disconnect()
  expect(child.calls).toBe(1)
  flushed.resolve()
  await new Promise(setImmediate)
  expect(child.calls).toBe(1)
})

it('passes a call for a child without a channel on, which Node reports', () => {
  const child = setUp(async () => {})
  child.connected = false
  child.disconnect()
  expect(child.calls).toBe(1)
})
