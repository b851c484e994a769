import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readForwarded } from './forwarded.ts'
import { serverAttributes } from './server-attributes.ts'

describe('readForwarded', () => {
  it.each([
    ['for=192.0.2.60;proto=HTTPS;by=203.0.113.43', { for: '192.0.2.60', proto: 'https' }],
    ['For="[2001:db8::17]:4711"', { for: '[2001:db8::17]:4711' }],
    ['for=a, for=b;host=h, host=i;proto=http', { for: 'a', host: 'h', proto: 'http' }],
    ['host="a\\"b\\\\c"', { host: 'a"b\\c' }],
    ['proto=gopher;host=', {}],
    ['for="a', {}],
    ['', {}],
  ])('reads %j', (forwarded, expected) => {
    expect(readForwarded({ forwarded })).toEqual({
      for: undefined,
      host: undefined,
      proto: undefined,
      ...expected,
    })
  })

  it('reads X-Forwarded headers for values that Forwarded lacks', () => {
    const older = {
      'x-forwarded-for': ' a , b',
      'x-forwarded-host': ['h, i'],
      'x-forwarded-proto': 'WSS,http',
    }
    expect(readForwarded({ ...older, forwarded: 'for=c' })).toEqual({ for: 'c', host: 'h', proto: 'wss' })
  })
})

describe('serverAttributes', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'for="\\;:,[]1/?#') }),
  )

  it('returns strings and integers for any request and throws nothing', () => {
    const property = fc.property(
      fc.record({ method: text, target: text, authority: fc.option(text, { nil: undefined }) }),
      fc.record({ forwarded: text, 'x-forwarded-for': text, 'x-forwarded-host': text, 'user-agent': text }),
      (request, headers) => {
        const peer = { remoteAddress: undefined, remotePort: undefined }
        const attributes = serverAttributes(
          { ...request, headers, scheme: 'http', version: '1.1', peer },
          new Set(['GET']),
        )
        for (const value of Object.values(attributes)) {
          expect(typeof value === 'string' || Number.isInteger(value)).toBe(true)
        }
        expect(attributes['http.request.method']).toBe(request.method === 'GET' ? 'GET' : '_OTHER')
      },
    )
    fc.assert(property, { numRuns: 1000 })
  })
})
