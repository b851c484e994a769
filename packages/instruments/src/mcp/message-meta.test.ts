import { expect, it } from 'vitest'
import { readJsonRpc } from '../wire/json-rpc.ts'
import { withMeta } from './message-meta.ts'

const META = { traceparent: 'ours' }
const add = (message: object): object => withMeta(message, readJsonRpc(message) as never, META)

it('adds members to a copy, and changes no object of the application', () => {
  const meta = Object.freeze({ own: 1, traceparent: 'own' })
  const message = Object.freeze({ id: 1, method: 'x', params: Object.freeze({ a: 1, _meta: meta }) })
  expect(add(message)).toEqual({ id: 1, method: 'x', params: { a: 1, _meta: { own: 1, ...META } } })
  expect(add(Object.freeze({ method: 'x' }))).toEqual({ method: 'x', params: { _meta: META } })
})

class Parameters {
  readonly secret = 1
  get cursor(): string {
    return 'next'
  }
  toJSON(): object {
    return { cursor: this.cursor }
  }
}

it('adds members to objects without a prototype', () => {
  const params = Object.assign(Object.create(null), { a: 1 })
  expect(add(Object.freeze({ method: 'x', params }))).toEqual({ method: 'x', params: { a: 1, _meta: META } })
})

it('returns a response, and a message that a copy would change, itself', () => {
  class Message {
    readonly method = 'x'
    readonly params = {}
  }
  for (const message of [
    { id: 1, result: {} },
    { id: 1, method: 'x', params: [1] },
    { id: 1, method: 'x', params: 'text' },
    { id: 1, method: 'x', params: new Parameters() },
    { id: 1, method: 'x', params: { _meta: new Parameters() } },
    { id: 1, method: 'x', params: { _meta: 'text' } },
    { id: 1, method: 'x', params: { _meta: null } },
    new Message(),
  ])
    expect(add(Object.freeze(message))).toBe(message)
})
