import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readJsonRpc } from './json-rpc.ts'

it.each<[string, unknown, unknown]>([
  [
    'a request',
    { jsonrpc: '2.0', id: 0, method: 'tools/call', params: { name: 'a' } },
    { kind: 'request', id: '0', method: 'tools/call', params: { name: 'a' } },
  ],
  [
    'a request with positional parameters',
    { id: 'a', method: 'x', params: [1] },
    { kind: 'request', id: 'a', method: 'x', params: undefined },
  ],
  ['a notification', { method: 'x' }, { kind: 'notification', method: 'x', params: undefined }],
  [
    'a request with an invalid id',
    { id: null, method: 'x' },
    { kind: 'notification', method: 'x', params: undefined },
  ],
  [
    'a result',
    { id: 1, result: { a: 1 } },
    { kind: 'response', id: '1', result: { a: 1 }, errorCode: undefined },
  ],
  [
    'an error',
    { id: 1, error: { code: -32601, message: 'm' } },
    { kind: 'response', id: '1', result: undefined, errorCode: '-32601' },
  ],
  [
    'an error without a code',
    { id: 1, error: { code: 'secret' } },
    { kind: 'response', id: '1', result: undefined, errorCode: '_OTHER' },
  ],
  ['a batch', [{ id: 1, method: 'x' }], undefined],
  ['a message without an id and a method', { result: {} }, undefined],
  ['a text', 'x', undefined],
])('reads %s', (_name, message, expected) => {
  expect(readJsonRpc(message)).toEqual(expected)
})

it('reads any JSON value without an error, and changes nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (message) => {
      const before = JSON.stringify(message)
      const read = readJsonRpc(message)
      expect([undefined, 'request', 'notification', 'response']).toContain(read?.kind)
      expect(JSON.stringify(message)).toBe(before)
    }),
  )
})
