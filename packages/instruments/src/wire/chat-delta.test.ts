import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ALL_FACTS, factsOf } from '../testing/fact-recorder.ts'
import { STREAM_VECTORS, streamVector, withCopiesOfDelta } from '../testing/stream-vectors.ts'
import { kindOfChatEvent } from './chat-delta.ts'
import type { Fact } from './facts.ts'

const START = '{"id":"c","object":"chat.completion.chunk","model":"m","choices":[]}'

/** Texts that look like members with facts. */
const DECOYS = [
  '',
  'a',
  '"',
  '\\',
  '\\"',
  '}}]',
  '"}}]},"finish_reason":"stop"',
  '"name":"x"',
  '"usage":{"prompt_tokens":9}}',
  'x_tokens',
  'tool_calls',
  '[{"index":0,"function":{"arguments":"',
  'finish_reason',
]

const decoy = fc.array(fc.constantFrom(...DECOYS), { maxLength: 3 }).map((parts) => parts.join(''))
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const count = fc.constantFrom<unknown>(0, 7, 12_345, 1.5, -1, 2 ** 53, null, 'many')

const call = fc.record({
  index: optional(fc.constantFrom(0, 1, 10)),
  id: optional(fc.constantFrom('call_a', 'call_b')),
  function: optional(
    fc.record({ name: optional(fc.constantFrom('f', '', null)), arguments: optional(decoy) }),
  ),
  name: optional(decoy),
})

const choice = fc.record({
  index: fc.constantFrom(0, 1),
  delta: fc.record({
    content: optional(decoy),
    x_tokens: optional(count),
    tool_calls: optional(fc.array(call, { maxLength: 2 })),
  }),
  usage: optional(fc.record({ prompt_tokens: count })),
  finish_reason: fc.constantFrom(null, 'stop', undefined),
})

const usage = fc.record({
  prompt_tokens: fc.constantFrom<unknown>(undefined, 0, 7, 12_345, -1, null, 'many'),
  total_tokens: optional(count),
  completion_tokens: optional(count),
  prompt_tokens_details: fc.constantFrom(undefined, null, { cached_tokens: 3 }),
})

const members = fc.record({
  choices: optional(fc.array(choice, { maxLength: 2 })),
  usage: fc.oneof(fc.constantFrom(undefined, null), usage),
  system_fingerprint: optional(decoy),
  timings: optional(fc.record({ x_tokens: count })),
})

/** The data of an event, with its members in any order after the id. */
const event = fc
  .tuple(members, fc.shuffledSubarray(['choices', 'usage', 'system_fingerprint', 'timings'] as const))
  .map(([values, names]) =>
    JSON.stringify({ id: 'c', ...Object.fromEntries(names.map((name) => [name, values[name]])) }),
  )

const streamOf = (events: readonly string[]) => events.map((data) => `data: ${data}\n\n`)

/** An event that starts with a space is always parsed. */
const parsed = (data: string) => data.replace('{', '{ ')

/** Facts whose number does not depend on which events are parsed, and the last report of token counts. */
function comparable(facts: readonly Record<string, unknown>[]): unknown {
  const isUsage = (fact: Record<string, unknown>) => fact['type'] === 'token_usage'
  return [facts.filter((fact) => !isUsage(fact)), facts.findLast(isUsage)]
}

describe('events of chat completions that are not parsed at once', () => {
  it.each<[string, readonly Fact['type'][]]>([
    ['all facts', ALL_FACTS],
    ['tool calls', ['tool_call_requested', 'stream_ended']],
  ])('have the same facts as if they were: %s', (_name, wants) => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), (events) => {
        const found = factsOf(streamOf([START, ...events]), wants)
        expect(comparable(found)).toEqual(
          comparable(factsOf(streamOf([START, ...events.map(parsed)]), wants)),
        )
      }),
      { numRuns: 3000 },
    )
  })

  it.each<[string, string]>([
    ['delta', '"choices":[{"delta":{"content":"a"},"finish_reason":null}]'],
    ['delta', '"choices":[{"delta":{"content":"my_tokens"},"finish_reason": null}],"usage":null'],
    ['other', '"choices":[{"delta":{"content":"my_tokens"},"finish_reason":"stop"}],"usage":null'],
    ['other', '"choices":[{"delta":{},"finish_reason": "stop"}]'],
    ['other', '"choices":[],"timings":{"prompt_tokens":1}'],
    ['other', '"x":{"usage":{"prompt_tokens":1}}'],
    ['delta', '"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\"name\\""}}]}}]'],
    ['delta', '"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\\\"}}]}}]'],
    [
      'other',
      '"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"a"}},{"index":1,"function":{"name":"f"}}]}}]',
    ],
    ['other', '"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"a","name":"f"}}]}}]'],
    [
      'other',
      '"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}}]\\\\"},"x":[{"name":"f"}}]}}]',
    ],
    [
      'other',
      '"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\"}}]"}},{"function":{"name":"f"}}]}}]',
    ],
    [
      'other',
      '"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\\\","}}]":0,"name":"f"}}]}}]',
    ],
    ['delta_with_counts', '"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}'],
    ['other', '"usage":{"prompt_tokens":1,"completion_tokens":2},"choices":[{"finish_reason":"stop"}]'],
    ['other', '"usage":{"prompt_tokens":1,"prompt_tokens_details":{"cached_tokens":2}}'],
  ])('%s: %s', (kind, rest) => {
    expect(kindOfChatEvent(`{"id":"c",${rest}}`)).toBe(kind)
  })
})

describe('the counts of a stream with usage in each event', () => {
  const { text } = streamVector('chat-continuous-usage')
  const events = text.split(/(?<=\n\n)/)

  it.each([1, 2, 3, 4, 5])('are those of the last event if it is cut off after event %i', (whole) => {
    const last = factsOf([events.slice(0, whole).join('')]).findLast((fact) => fact['type'] === 'token_usage')
    expect(last).toEqual({ type: 'token_usage', inputTokens: 19, outputTokens: whole - 1 })
  })
})

const WITH_DELTAS = STREAM_VECTORS.filter(({ text }) => withCopiesOfDelta(text, 0) !== undefined)

it.each(WITH_DELTAS)('further deltas of $name are not parsed', ({ text }) => {
  const parse = vi.spyOn(JSON, 'parse')
  const parses = (copies: number): number => {
    parse.mockClear()
    factsOf(withCopiesOfDelta(text, copies) ?? [])
    return parse.mock.calls.length
  }
  expect(parses(1000)).toBe(parses(1))
  parse.mockRestore()
})
