import { SpanStatusCode, type Tracer } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  leftWhenAnswered,
  leftWhenSent,
  observeCalls,
  type SpanSummary,
  spansByTracer,
  tracer,
} from './testing/client-calls.ts'

const throws = (): never => {
  throw new Error('thrown by the application')
}

/**
 * What an application may abort a call with: values of every type, and objects that throw when their code or name is
 * read or converted to a string. Node itself reads `message` and `stack`, and throws what these throw.
 */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
  fc.constantFrom(Symbol('a'), Object.create(null), new DOMException('a', 'DataError')),
  fc
    .subarray(['code', 'name', 'cause', 'toString'], { minLength: 1 })
    .map((names) => Object.fromEntries(names.map((name) => [name, { get: throws }])))
    .map((getters) => Object.defineProperties({}, getters)),
  fc
    .tuple(fc.constantFrom('code', 'name', 'message', 'stack'), fc.constantFrom('toString', 'valueOf'))
    .map(([name, method]) => ({ [name]: { [method]: throws } })),
  fc
    .subarray(['has', 'getPrototypeOf', 'getOwnPropertyDescriptor'], { minLength: 1 })
    .map((traps) => () => new Proxy({}, Object.fromEntries(traps.map((trap) => [trap, throws])))),
)

describe('a call aborted with an arbitrary value', () => {
  const uncaught: unknown[] = []
  const note = (error: unknown): unknown => uncaught.push(error)

  /** Returns the number of uncaught errors in a run. Node's own listeners throw some of them. */
  async function uncaughtIn(run: () => Promise<unknown>): Promise<number> {
    uncaught.length = 0
    await run()
    return uncaught.length
  }

  it.each<[string, (error: unknown) => Promise<unknown>]>([
    ['its response', (error) => leftWhenAnswered((response) => response.destroy(error as Error))],
    ['its request', (error) => leftWhenSent((request) => request.destroy(error as Error))],
    [
      'its request, after the response has started,',
      (error) => leftWhenAnswered((_, request) => request.destroy(error as Error)),
    ],
  ])('has one span with an error, and throws no more than Node, if %s is destroyed', async (_what, leave) => {
    const property = fc.asyncProperty(hostile, async (error) => {
      // Proxies are created here, because fast-check inspects the values that it generates.
      const left = (): Promise<unknown> => leave(typeof error === 'function' ? error() : error)
      const byNode = await uncaughtIn(left)
      let spans: SpanSummary[] = []
      expect(await uncaughtIn(async () => (spans = await spansByTracer(left)))).toBe(byNode)
      expect(spans).toHaveLength(1)
      expect(spans[0]?.status).toMatchObject({ code: SpanStatusCode.ERROR })
      expect(spans[0]?.attributes['error.type']).toEqual(expect.any(String))
      expect(spans[0]?.exceptions).toHaveLength(1)
    })
    process.on('uncaughtException', note)
    try {
      await fc.assert(property, { numRuns: 60, examples: [[{ code: { toString: throws } }]] })
    } finally {
      process.off('uncaughtException', note)
    }
  })

  it('ends its span and throws nothing if the span throws', async () => {
    const ended: string[] = []
    const failing: Tracer = {
      startSpan: (...args: Parameters<Tracer['startSpan']>) => {
        const span = tracer.startSpan(...args)
        const end = span.end.bind(span)
        return Object.assign(span, {
          setStatus: throws,
          end: () => {
            ended.push(args[0])
            end()
          },
        })
      },
      startActiveSpan: throws,
    }
    const stop = observeCalls({}, failing)
    await leftWhenAnswered((response) => response.destroy())
    stop()
    expect(ended).toEqual(['GET'])
  })
})
