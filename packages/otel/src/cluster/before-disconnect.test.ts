import { expect, it } from 'vitest'
import { runBeforeDisconnect } from './before-disconnect.ts'

function setUp() {
  const log: string[] = []
  const target = { disconnect: () => void log.push('disconnect') }
  return { log, target, work: () => void log.push('work') }
}

it('runs the work before the channel is closed, until it is stopped', () => {
  const { log, target, work } = setUp()
  const { disconnect } = target
  const stop = runBeforeDisconnect(work, target)
  target.disconnect()
  expect(log).toEqual(['work', 'disconnect'])
  stop()
  expect(target.disconnect).toBe(disconnect)
})

it('stays in place under a later wrapper, and then only passes calls on', () => {
  const { log, target, work } = setUp()
  const stop = runBeforeDisconnect(work, target)
  const ours = target.disconnect
  target.disconnect = () => ours()
  stop()
  target.disconnect()
  expect(log).toEqual(['disconnect'])
})

it('does nothing in a process without an IPC channel', () => {
  const target = {}
  runBeforeDisconnect(() => {}, target)()
  expect(target).toEqual({})
})
