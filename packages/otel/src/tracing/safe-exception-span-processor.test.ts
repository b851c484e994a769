import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SafeExceptionSpanProcessor } from './safe-exception-span-processor.ts'

const exporter = new InMemorySpanExporter()
const tracer = new TracerProvider({
  spanProcessors: [new SafeExceptionSpanProcessor(), new SimpleSpanProcessor({ exporter })],
}).getTracer('test')

/** Returns the attributes of the exception event. */
function recordedAttributes(exception: unknown): Record<string, unknown> {
  exporter.reset()
  const span = tracer.startSpan('span')
  span.recordException(exception as Error)
  span.end()
  const [event, ...others] = exporter.getFinishedSpans()[0]?.events ?? []
  expect(others).toEqual([])
  const { 'exception.stacktrace': _stack, ...rest } = event?.attributes ?? {}
  return rest
}

describe('recordException', () => {
  it.each<[string, unknown, string | undefined, string | undefined]>([
    ['an error', new TypeError('no'), 'TypeError', 'no'],
    ['an error with a code', Object.assign(new Error('no'), { code: 'ECONNRESET' }), 'ECONNRESET', 'no'],
    ['a time limit', new DOMException('late', 'TimeoutError'), 'TimeoutError', 'late'],
    ['a text', 'no', undefined, 'no'],
    ['a symbol', Symbol('no'), undefined, 'Symbol(no)'],
    ['nothing', undefined, undefined, 'undefined'],
    ['an empty string', '', undefined, 'an empty string'],
    ['an object', {}, undefined, '[object Object]'],
    ['an object without a text', Object.create(null), undefined, 'a value without a string representation'],
  ])('records %s', (_what, exception, type, message) => {
    expect(recordedAttributes(exception)).toEqual({
      'exception.message': message,
      ...(type === undefined ? {} : { 'exception.type': type }),
    })
  })

  it('records any value and throws nothing', () => {
    const hostile = fc.record(
      { code: fc.anything(), name: fc.anything(), message: fc.anything(), stack: fc.anything() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.oneof(fc.anything({ withNullPrototype: true }), hostile),
        (one) => void recordedAttributes(one),
      ),
    )
    const throwing = Object.defineProperty({}, 'message', {
      get() {
        throw new Error('in a getter')
      },
    })
    expect(recordedAttributes(throwing)).toEqual({
      'exception.message': 'a value without a string representation',
    })
  })
})
