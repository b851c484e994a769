import * as fc from 'fast-check'
import { counterOf, gaugeOf, histogramOf, PushBuilder } from './push-builder.ts'

/** Values that replace a part of a message. */
const REPLACEMENTS: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e9,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  'NaN',
  'Infinity',
  '-Infinity',
  '__proto__',
  [],
  {},
  [[[]]],
  JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  Array.from({ length: 1_000 }, (_, index) => index),
]

/** Any value of JSON, from a part of a message to values that no message has. */
const replacement = fc.oneof(fc.constantFrom(...REPLACEMENTS), fc.jsonValue())

const READINESS = {
  isDraining: false,
  checks: [
    { name: 'process', isReady: true },
    { name: 'database', isReady: false, reason: 'connecting' },
  ],
  mcpServers: [{ serverLabel: 'github', status: 'ok' }],
}

/** Messages of a member after `hello`, and of an aggregator after `welcome`. */
function validMessages(): object[] {
  const builder = new PushBuilder()
  const [counter, gauge, histogram] = [counterOf('a'), gaugeOf('b', 'mean'), histogramOf('c', [1, 2])]
  const buckets = { sum: 3, min: 1, max: 2, counts: [1, 1, 0] }
  return [
    builder.push(
      { metric: counter, value: 1, exemplars: [[1, 1_700_000_000_000, 'b'.repeat(32)]] },
      { metric: gauge, value: 2 },
      { metric: histogram, value: buckets },
    ),
    builder.push({ metric: counter, value: 2 }, { metric: counter, attributes: { k: 'v' }, value: 1 }),
    builder.remove(counter, { k: 'v' }),
    { type: 'serving', url: 'http://127.0.0.1/metrics' },
    { type: 'readiness', readiness: READINESS },
    { type: 'flushed', id: 1 },
    { type: 'sync', id: 1 },
    { type: 'ping', id: 1 },
    { type: 'goodbye' },
    { type: 'flush', id: 1e9 },
    { type: 'state', push: builder.push({ metric: counter, value: 3 }), isLast: true },
    { type: 'synced', id: 1, complete: false },
    { type: 'pong', id: 1e9 },
    { type: 'reset' },
    { type: 'hello', protocol: 1, version: '1.0.0', key: 'other', serves: true },
  ]
}

/** Paths of all parts of a value. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))]
}

function replaceAt(value: unknown, path: readonly string[], replaced: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return replaced
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  copy[key] = replaceAt(copy[key], rest, replaced)
  return copy
}

/** A valid message in which one part is replaced by a random value. */
const brokenMessage = fc
  .tuple(fc.constantFrom(...validMessages()), fc.nat(), replacement)
  .map(([message, choice, value]) => {
    const paths = pathsOf(message)
    return replaceAt(message, paths[choice % paths.length] as readonly string[], value)
  })

/** Sequences of messages, most of which are invalid, as values of JSON. */
export const hostileMessages: fc.Arbitrary<unknown[]> = fc.array(
  fc.oneof(
    { arbitrary: brokenMessage, weight: 4 },
    { arbitrary: fc.constantFrom(...validMessages()), weight: 2 },
    { arbitrary: replacement, weight: 1 },
  ),
  { maxLength: 30 },
)
