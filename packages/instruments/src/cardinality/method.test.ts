import fc from 'fast-check'
import { expect, it } from 'vitest'
import { methodLabel, OTHER_METHOD } from './method.ts'

it('keeps known methods as they are, and only those', () => {
  const known = 'CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE'.split(' ')
  expect(known.map(methodLabel)).toEqual(known)
  expect(['get', 'PURGE', '', 'GET ', undefined].map(methodLabel)).toEqual(Array(5).fill(OTHER_METHOD))
})

it('has no more labels than known methods and one, whatever clients send', () => {
  const seen = new Set<string>()
  fc.assert(fc.property(fc.string(), (method) => void seen.add(methodLabel(method))))
  expect(seen.size).toBeLessThanOrEqual(11)
})
