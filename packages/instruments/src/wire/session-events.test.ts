import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { excerptOfText } from '../testing/session-messages.ts'
import { eventTypeOf } from './session-events.ts'

const typeOf = (text: string): string | undefined => eventTypeOf(excerptOfText(text))

describe('eventTypeOf', () => {
  it.each<[string, string | undefined]>([
    ['{"type":"a","x":1}', 'a'],
    [' \n{ "event_id" : "e" , "type" : "a" }', 'a'],
    ['{"x":{"type":"b"},"type":"a"}', 'a'],
    ['{"x":{"type":"b"},"type":"a","y":1}', 'a'],
    ['{"x":{"type":"b"}}', undefined],
    ['{"x":"\\"type\\":\\"a"}', undefined],
    ['{"x":[{"type":"b"}]}', undefined],
    ['[{"type":"a"}]', undefined],
    ['{"type":1}', undefined],
    ['', undefined],
  ])('of %j is %s', (text, type) => {
    expect(typeOf(text)).toBe(type)
  })

  it('is found at the end of a message that is longer than what is kept of it', () => {
    expect(typeOf(JSON.stringify({ x: 'x'.repeat(100_000), type: 'a' }))).toBe('a')
    expect(typeOf(JSON.stringify({ x: 'x'.repeat(100_000), type: 'a', y: 1 }))).toBe('a')
  })

  it('is the member of the parsed object, wherever it is', () => {
    const members = fc.dictionary(
      fc.constantFrom('a', 'type', 'event_id', 'response'),
      fc.oneof(fc.string(), fc.constant('"type":"x"'), fc.json(), fc.constant({ type: 'inner' })),
    )
    fc.assert(
      fc.property(members, fc.nat(2), (event, space) => {
        const { type } = event as { type?: unknown }
        const expected = typeof type === 'string' ? Buffer.from(type).toString('latin1') : undefined
        expect(typeOf(JSON.stringify(event, null, space))).toBe(expected)
      }),
    )
  })
})
