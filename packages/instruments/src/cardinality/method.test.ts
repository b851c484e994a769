import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KNOWN_METHODS, MethodLabels, OTHER_METHOD } from './method.ts'

it('returns known methods unchanged and replaces others', () => {
  const methods = new MethodLabels()
  expect(KNOWN_METHODS.map((method) => methods.label(method))).toEqual(KNOWN_METHODS)
  expect(methods.overflowCount).toBe(0)
  const others = ['get', 'PURGE', '', 'GET ', undefined].map((method) => methods.label(method))
  expect(others).toEqual(Array(5).fill(OTHER_METHOD))
  expect(methods.overflowCount).toBe(5)
})

it('returns at most one label more than known methods, whatever clients send', () => {
  const methods = new MethodLabels()
  const seen = new Set<string>()
  fc.assert(fc.property(fc.string(), (method) => void seen.add(methods.label(method))))
  expect(seen.size).toBeLessThanOrEqual(KNOWN_METHODS.length + 1)
})

it('replaces the list of known methods by a given one', () => {
  const methods = new MethodLabels(['PURGE'])
  expect(['PURGE', 'GET'].map((method) => methods.label(method))).toEqual(['PURGE', OTHER_METHOD])
})
