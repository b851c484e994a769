import { SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordFailure } from './call-failure.ts'

const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }).getTracer(
  'test',
)

/** Returns the span of a failed call, with `recordException` of the SDK. */
function spanOf(error: unknown): { status: object; attributes: object; exceptions: unknown[] } {
  exporter.reset()
  const span = tracer.startSpan('GET')
  recordFailure(span, error)
  span.end()
  const [{ status, attributes, events } = { status: {}, attributes: {}, events: [] }] =
    exporter.getFinishedSpans()
  const exceptions = events.map((event) => [
    event.attributes?.['exception.type'],
    event.attributes?.['exception.message'],
  ])
  return { status, attributes, exceptions }
}

const throws = (): never => {
  throw new Error('thrown by the application')
}

describe('recordFailure', () => {
  it.each<[string, unknown, string, string | undefined, [string | undefined, string | undefined]]>([
    ['an error', new TypeError('no'), 'TypeError', 'no', ['TypeError', 'no']],
    [
      'an error with a code',
      Object.assign(new Error('no'), { code: 'ECONNRESET' }),
      'ECONNRESET',
      'no',
      ['ECONNRESET', 'no'],
    ],
    [
      'a time limit',
      new DOMException('late', 'TimeoutError'),
      'TimeoutError',
      'late',
      ['TimeoutError', 'late'],
    ],
    ['a string', 'no', '_OTHER', undefined, [undefined, 'no']],
    ['an object whose name is a number', { name: -1 }, '_OTHER', undefined, ['-1', undefined]],
    [
      'an object whose code cannot be converted to a string',
      { code: { toString: throws } },
      '_OTHER',
      undefined,
      [undefined, '[object Object]'],
    ],
    [
      'an object that throws',
      Object.defineProperty({}, 'message', { get: throws }),
      '_OTHER',
      undefined,
      [undefined, 'a value without a string representation'],
    ],
  ])('records %s', (_what, error, type, message, exception) => {
    expect(spanOf(error)).toEqual({
      status: { code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) },
      attributes: { 'error.type': type },
      exceptions: [exception],
    })
  })

  it('records any value and throws nothing', () => {
    const names = ['code', 'name', 'message', 'stack', 'cause', 'toString', Symbol.toPrimitive]
    const traps = ['get', 'has', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'ownKeys']
    const hostile = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true }),
      fc.constantFrom(Symbol('a'), Object.create(null)),
      fc
        .subarray(names, { minLength: 1 })
        .map((some) => Object.fromEntries(some.map((name) => [name, { get: throws }])))
        .map((getters) => Object.defineProperties({}, getters)),
      fc
        .tuple(
          fc.constantFrom(...names),
          fc.constantFrom('toString', 'valueOf', 'length', Symbol.toPrimitive),
        )
        .map(([name, method]) => ({ [name]: Object.defineProperty({}, method, { get: throws }) })),
      fc
        .subarray(traps, { minLength: 1 })
        .map((some) => () => new Proxy(() => {}, Object.fromEntries(some.map((trap) => [trap, throws])))),
    )
    const property = fc.property(hostile, (error) => {
      // Proxies are created here, because fast-check inspects the values that it generates.
      const { status, attributes, exceptions } = spanOf(typeof error === 'function' ? error() : error)
      expect(status).toMatchObject({ code: SpanStatusCode.ERROR })
      expect(attributes).toEqual({ 'error.type': expect.any(String) })
      expect(exceptions).toHaveLength(1)
      const [type, message] = exceptions[0] as unknown[]
      expect([typeof type, typeof message]).toSatisfy((types: string[]) => types.includes('string'))
    })
    fc.assert(property, { numRuns: 1000 })
  })
})
