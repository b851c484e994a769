import type { ChildProcess } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { watchChildren } from './watch-children.ts'

let stop = (): void => {}

afterEach(() => stop())

function setUp() {
  const members: [ChildProcess, unknown][] = []
  stop = watchChildren((child, message) => members.push([child, message]))
  const child = new EventEmitter() as ChildProcess
  channel('child_process').publish({ process: child })
  return { child, members }
}

it('passes a child on once, with its first message of this package', () => {
  const { child, members } = setUp()
  const first = { cmd: 'NODE_VR_OTEL', text: 'a' }
  child.emit('internalMessage', first)
  child.emit('internalMessage', { cmd: 'NODE_VR_OTEL', text: 'b' })
  expect(members).toEqual([[child, first]])
  expect(child.eventNames()).toEqual([])
})

it.each([undefined, null, 7, 'NODE_VR_OTEL', {}, { cmd: 'NODE_CLUSTER', act: 'online' }])(
  'ignores %j',
  (message) => {
    const { child, members } = setUp()
    child.emit('internalMessage', message)
    expect(members).toEqual([])
  },
)

it('passes no child on after it is stopped', () => {
  const { child, members } = setUp()
  stop()
  child.emit('internalMessage', { cmd: 'NODE_VR_OTEL' })
  expect(members).toEqual([])
})
