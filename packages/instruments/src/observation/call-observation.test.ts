import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorTypeOf, resultOfError } from './call-observation.ts'

const abort = (fields: object = {}): Error =>
  Object.assign(new Error('aborted'), { name: 'AbortError' }, fields)
const timeout = new DOMException('late', 'TimeoutError')

describe('a failed call', () => {
  it.each<[string, unknown, string, string | undefined]>([
    ['an abort of fetch', new DOMException('left', 'AbortError'), 'AbortError', undefined],
    ['an abort of node:http', abort({ code: 'ABORT_ERR', cause: abort() }), 'AbortError', undefined],
    ['an abort of undici', abort({ code: 'UND_ERR_ABORTED' }), 'AbortError', undefined],
    ['an abort of node:http for a reason', abort({ cause: new RangeError() }), 'RangeError', undefined],
    [
      'an abort whose reason is an abort with a cause',
      abort({ cause: abort({ cause: timeout }) }),
      'AbortError',
      undefined,
    ],
    ['a timeout of fetch', timeout, 'TimeoutError', 'timed_out'],
    ['a timeout of node:http', abort({ code: 'ABORT_ERR', cause: timeout }), 'TimeoutError', 'timed_out'],
    [
      'a timeout of undici',
      Object.assign(new Error(), { code: 'UND_ERR_BODY_TIMEOUT' }),
      'UND_ERR_BODY_TIMEOUT',
      'timed_out',
    ],
    ['a refused connection', Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'ECONNREFUSED', 'failed'],
    ['an error with a numeric code', Object.assign(new TypeError(), { code: 5 }), 'TypeError', 'failed'],
    ['an error without a name', Object.assign(new Error(), { name: '' }), '_OTHER', 'failed'],
    ['a string', 'left', '_OTHER', 'failed'],
    ['nothing', null, '_OTHER', 'failed'],
  ])('has the error.type and result of %s', (_what, error, type, result) => {
    expect([errorTypeOf(error), resultOfError(error)]).toEqual([type, result])
  })

  it('has a non-empty error.type for any value, also if its getters throw', () => {
    const throwing = {
      get: () => {
        throw new Error('in a getter')
      },
    }
    const hostile = fc.record(
      { name: fc.anything(), code: fc.anything(), cause: fc.anything() },
      { requiredKeys: [] },
    )
    const any = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      hostile,
      fc.constant(new Proxy({}, throwing)),
    )
    fc.assert(
      fc.property(any, (error) => {
        expect(errorTypeOf(error)).toMatch(/^.+$/s)
        expect([undefined, 'failed', 'timed_out']).toContain(resultOfError(error))
      }),
    )
  })
})
