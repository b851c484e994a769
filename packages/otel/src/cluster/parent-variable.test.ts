import { afterEach, expect, it } from 'vitest'
import { announceToChildren, isParentAnnounced } from './parent-variable.ts'

const KEY = 'VR_OTEL_PARENT_PID'

afterEach(() => {
  delete process.env[KEY]
})

it('the variable announces this process to its children only', () => {
  expect(isParentAnnounced()).toBe(false)
  const undo = announceToChildren()
  expect(process.env[KEY]).toBe(String(process.pid))
  expect(isParentAnnounced()).toBe(false)
  undo()
  expect(KEY in process.env).toBe(false)
})

it('a process whose parent is not announced keeps what a former ancestor has set', () => {
  process.env[KEY] = '1'
  expect(isParentAnnounced()).toBe(false)
  announceToChildren()()
  expect(process.env[KEY]).toBe('1')
})

it('a child finds its announced parent', () => {
  process.env[KEY] = String(process.ppid)
  expect(isParentAnnounced()).toBe(true)
})

it('the variable of a later start in this process stays', () => {
  const undo = announceToChildren()
  process.env[KEY] = 'set by other code'
  undo()
  expect(process.env[KEY]).toBe('set by other code')
})
