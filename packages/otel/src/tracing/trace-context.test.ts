import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayPropagator, readParent } from './propagator.ts'
import { RandomIds } from './trace-ids.ts'

const TRACE = '12345678901234567890123456789012'
const SPAN = '1234567890123456'
const VALID = `00-${TRACE}-${SPAN}-01`

/** The cases for parsing of the W3C Trace Context validation suite, by the names of its tests. */
describe('traceparent', () => {
  it.each<[string, string]>([
    ['valid', VALID],
    ['version 0xcc with nothing more', `cc-${TRACE}-${SPAN}-01`],
    ['version 0xcc with more behind a dash', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`],
    ['white space around it', ` \t${VALID} \t`],
  ])('continues the trace: %s', (_name, header) => {
    expect(readParent(header, undefined)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    })
  })

  it.each<[string, string]>([
    ['version 0x00 with more', `${VALID}-what-the-future-will-be-like`],
    ['version 0xcc with more that no dash divides', `cc-${TRACE}-${SPAN}-01.what-the-future-will-be-like`],
    ['version 0xff', `ff-${TRACE}-${SPAN}-01`],
    ['version with illegal characters', `.0-${TRACE}-${SPAN}-01`],
    ['version in upper case', `CC-${TRACE}-${SPAN}-01`],
    ['version too long', `000-${TRACE}-${SPAN}-01`],
    ['version too short', `0-${TRACE}-${SPAN}-01`],
    ['trace id all zero', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['trace id with illegal characters', `00-.${TRACE.slice(1)}-${SPAN}-01`],
    ['trace id in upper case', `00-${'A'.repeat(32)}-${SPAN}-01`],
    ['trace id too long', `00-${TRACE}3-${SPAN}-01`],
    ['trace id too short', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['parent id all zero', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['parent id with illegal characters', `00-${TRACE}-.${SPAN.slice(1)}-01`],
    ['parent id too long', `00-${TRACE}-${SPAN}7-01`],
    ['parent id too short', `00-${TRACE}-${SPAN.slice(1)}-01`],
    ['flags with illegal characters', `00-${TRACE}-${SPAN}-.0`],
    ['flags too long', `00-${TRACE}-${SPAN}-001`],
    ['flags too short', `00-${TRACE}-${SPAN}-1`],
    ['nothing', ''],
    ['two of them', `${VALID},${VALID}`],
  ])('starts a new trace: %s', (_name, header) => {
    expect(readParent(header, undefined)).toBeUndefined()
  })

  it.each([
    ['00', 0],
    ['01', 1],
    ['02', 2],
    ['03', 3],
    ['ff', 3],
    ['08', 0],
  ])('reads flags %s as %d: sampled, and random of level 2', (flags, traceFlags) => {
    expect(readParent(`00-${TRACE}-${SPAN}-${flags}`, undefined)).toMatchObject({ traceFlags })
  })
})

describe('tracestate', () => {
  const state = (header: string) => readParent(VALID, header)?.traceState?.serialize()
  const members = (n: number) => Array.from({ length: n }, (_, i) => `k${i}=${i}`).join(',')

  it.each<[string, string, string]>([
    ['one member', 'foo=1', 'foo=1'],
    ['white space around members', 'foo=1 \t , \t bar=2', 'foo=1,bar=2'],
    ['empty members', 'foo=1,,bar=2,', 'foo=1,bar=2'],
    ['an equals sign in no value, a space in one', 'foo=a b', 'foo=a b'],
    ['all characters of a key', 'abc-_*/0=1', 'abc-_*/0=1'],
    ['a tenant', 'fw529a3039@dt=1', 'fw529a3039@dt=1'],
    ['a key that ends with an at sign', 'foo@=1,bar=2', 'foo@=1,bar=2'],
    ['a key with several at signs', 'foo@@bar=1,foo@bar@baz=2', 'foo@@bar=1,foo@bar@baz=2'],
    ['a key that begins with a digit', '1a=1', '1a=1'],
    ['242 characters before an at sign', `${'t'.repeat(242)}@v=1`, `${'t'.repeat(242)}@v=1`],
    ['15 characters after an at sign', `t@${'v'.repeat(15)}=1`, `t@${'v'.repeat(15)}=1`],
    ['a key of 256 characters', `${'z'.repeat(256)}=1`, `${'z'.repeat(256)}=1`],
    ['a value of 256 characters', `a=${'1'.repeat(256)}`, `a=${'1'.repeat(256)}`],
    ['32 members', members(32), members(32)],
    ['a key twice', 'foo=1,foo=2', 'foo=1,foo=2'],
  ])('is propagated: %s', (_name, header, passed) => {
    expect(state(header)).toBe(passed)
  })

  it.each<[string, string]>([
    ['33 members', members(33)],
    ['a key with a space', 'foo =1'],
    ['a key in upper case', 'FOO=1'],
    ['a key with a dot', 'foo.bar=1'],
    ['a key that begins with an at sign', '@foo=1,bar=2'],
    ['a key that begins with an underscore', '_foo=1,bar=2'],
    ['a key of 257 characters', `foo=1,${'z'.repeat(257)}=1`],
    ['a value with an equals sign', 'foo=bar=baz'],
    ['no value', 'foo=,bar=3'],
    ['no equals sign', 'foo'],
    ['a value with a control character', 'foo=a\u0001b'],
    ['a value beyond ASCII', 'foo=ä'],
    ['a value of 257 characters', `a=${'1'.repeat(257)}`],
  ])('is dropped, and the trace continues: %s', (_name, header) => {
    expect(state(header)).toBeUndefined()
    expect(readParent(VALID, header)?.traceId).toBe(TRACE)
  })

  it('is ignored without a valid traceparent', () => {
    expect(readParent('oops', 'foo=1')).toBeUndefined()
  })

  it('puts a set member first and drops the last one beyond 32', () => {
    const parsed = readParent(VALID, 'foo=1,bar=2')?.traceState
    expect(parsed?.set('bar', '3').serialize()).toBe('bar=3,foo=1')
    expect(parsed?.set('BAD', '3').serialize()).toBe('foo=1,bar=2')
    expect(parsed?.unset('foo').serialize()).toBe('bar=2')
    expect(parsed?.get('bar')).toBe('2')
    expect(readParent(VALID, members(32))?.traceState?.set('new', '1').serialize().split(',')).toHaveLength(
      32,
    )
  })
})

describe('the propagator', () => {
  const propagator = new GatewayPropagator({
    ids: new RandomIds(),
    trustsParent: true,
    baggage: undefined,
    baggageKeys: [],
  })
  const getter = {
    keys: (carrier: Record<string, string | string[]>) => Object.keys(carrier),
    get: (carrier: Record<string, string | string[]>, name: string) => carrier[name],
  }

  const setter = {
    set(carrier: Record<string, string>, name: string, value: string) {
      carrier[name] = value
    },
  }

  it('joins repeated tracestate headers and rejects a repeated traceparent', () => {
    const several = { traceparent: [VALID], tracestate: ['foo=1', 'bar=2'] }
    const read = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, several, getter))
    expect(read?.traceState?.serialize()).toBe('foo=1,bar=2')
    const twice = propagator.extract(ROOT_CONTEXT, { traceparent: [VALID, VALID] }, getter)
    expect(trace.getSpanContext(twice)).toBeUndefined()
  })

  it('writes what it reads and throws nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (traceparent, tracestate) => {
        const context = propagator.extract(ROOT_CONTEXT, { traceparent, tracestate }, getter)
        const written: Record<string, string> = {}
        propagator.inject(context, written, setter)
        const again = propagator.extract(ROOT_CONTEXT, written, getter)
        expect(trace.getSpanContext(again)).toEqual(trace.getSpanContext(context))
      }),
    )
    const written: Record<string, string> = {}
    const context = propagator.extract(ROOT_CONTEXT, { traceparent: VALID, tracestate: 'foo=1' }, getter)
    propagator.inject(context, written, setter)
    expect(written).toEqual({ traceparent: VALID, tracestate: 'foo=1' })
  })
})

describe('tracestate', () => {
  it('is parsed in linear time with a million blanks (quadratic: ten minutes)', {
    timeout: 120_000,
  }, () => {
    const blanks = ' \t'.repeat(500_000)
    expect(readParent(VALID, `a=1${blanks}x`)?.traceState).toBeUndefined()
    expect(readParent(VALID, `${blanks}a=1${blanks},b=2`)?.traceState?.serialize()).toBe('a=1,b=2')
  })
})
