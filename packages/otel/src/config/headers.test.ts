import { describe, expect, it } from 'vitest'
import { headers } from './headers.ts'

describe('headers', () => {
  it('accepts any Latin-1 character, percent-encoded', () => {
    expect(headers.parse('a=%C3%A4%20b, c = d')).toEqual({ a: 'ä b', c: 'd' })
  })

  it.each(['a=b%0d%0ahost: c', 'a=%00', 'a=%F0%9F%98%80', 'a b=c', 'a=%zz'])(
    'rejects characters that HTTP does not allow: %s',
    (text) => {
      expect(headers.parse(text)).toBeUndefined()
    },
  )
})
