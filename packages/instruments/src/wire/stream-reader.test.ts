import { describe, expect, it } from 'vitest'
import type { Fact, FactSink } from './facts.ts'
import { EXAMINED_EVENTS, StreamReader } from './stream-reader.ts'

class EndSink implements FactSink {
  readonly wants = new Set(['end_expected', 'stream_ended'] as const)
  isEndExpected = false
  result: string | undefined

  onFact(fact: Fact): void {
    if (fact.type === 'end_expected') this.isEndExpected = true
    if (fact.type === 'stream_ended') this.result = fact.result
  }
}

function read(...events: [string, string][]) {
  const sink = new EndSink()
  const reader = new StreamReader(sink)
  for (const [name, data] of events) reader.read(name, data)
  return [sink.isEndExpected, sink.result]
}

const CHUNK = '{"id":"1","object":"chat.completion.chunk","choices":[]}'

describe('StreamReader', () => {
  it.each(['constructor', 'toString', '__proto__'])('does not take %s for an end event', (name) => {
    expect(read([name, '{}'])).toEqual([false, undefined])
    expect(read(['', JSON.stringify({ type: name })])).toEqual([false, undefined])
  })

  it.each<[string, [string, string][], boolean, string | undefined]>([
    [
      'Responses, completed',
      [
        ['response.created', '{}'],
        ['response.completed', '{}'],
      ],
      true,
      'completed',
    ],
    ['Responses, incomplete', [['response.incomplete', '{}']], true, 'completed'],
    [
      'Responses, failed',
      [
        ['response.created', '{}'],
        ['response.failed', '{}'],
      ],
      true,
      'failed',
    ],
    [
      'Responses, an error event',
      [
        ['response.created', '{}'],
        ['error', '{}'],
      ],
      true,
      'failed',
    ],
    [
      'Responses without names',
      [
        ['', '{"type":"response.created"}'],
        ['', '{"type": "response.completed", "x":1}'],
      ],
      true,
      'completed',
    ],
    ['Responses, cut', [['response.output_text.delta', '{}']], true, undefined],
    [
      'chat, done',
      [
        ['', CHUNK],
        ['', '[DONE]'],
      ],
      true,
      'completed',
    ],
    [
      'chat, an error and done',
      [
        ['', CHUNK],
        ['', '{"error": {"message":"x"}}'],
        ['', '[DONE]'],
      ],
      true,
      'failed',
    ],
    ['chat, cut', [['', CHUNK]], true, undefined],
    [
      'Messages',
      [
        ['message_start', '{}'],
        ['message_stop', '{}'],
      ],
      true,
      'completed',
    ],
    [
      'plain',
      [
        ['', 'tick'],
        ['tock', '{"type":"x"}'],
        ['', '{"error":null}'],
      ],
      false,
      undefined,
    ],
    ['nothing', [], false, undefined],
  ])('%s', (_what, events, hasKnownEnd, terminal) => {
    expect(read(...events)).toEqual([hasKnownEnd, terminal])
  })

  describe.each<[string, [string, string]]>([
    ['pings', ['ping', '{}']],
    ['compact JSON', ['', '{"x":1}']],
    ['spaced JSON', ['', '{ "x": 1 }']],
    ['text', ['', 'tick']],
  ])('after many events of %s', (_what, event) => {
    const before = (count: number) => Array.from({ length: count }, () => event)

    it.each<[string, string]>([
      ['response.created', '{}'],
      ['', '{"type":"message_start"}'],
      ['', CHUNK],
    ])('expects an end if one of the first 64 events identifies an API: %s %s', (...first) => {
      expect(read(...before(EXAMINED_EVENTS - 1), first)).toEqual([true, undefined])
      expect(read(...before(EXAMINED_EVENTS), first)).toEqual([false, undefined])
    })

    it.each<[string, string, string]>([
      ['response.completed', '{}', 'completed'],
      ['message_stop', '{}', 'completed'],
      ['error', '{}', 'failed'],
      ['', '{"type":"response.failed"}', 'failed'],
      ['', '{"error":{"message":"x"}}', 'failed'],
      ['', '{ "error": {"message":"x"}}', 'failed'],
      ['', '[DONE]', 'completed'],
    ])('reads the end: %s %s', (name, data, result) => {
      expect(read(...before(EXAMINED_EVENTS), [name, data])).toEqual([true, result])
    })
  })

  it('creates the reader of an API for one of the first 64 events only', () => {
    const apisAfter = (count: number) => {
      const apis: string[] = []
      const reader = new StreamReader({
        wants: new Set(['api_identified']),
        onFact: (fact) => void (fact.type === 'api_identified' && apis.push(fact.api)),
      })
      for (let i = 0; i < count; i++) reader.read('ping', '{}')
      reader.read('response.created', '{}')
      return [apis, reader.wantsExcerpt?.('response.completed', '')]
    }
    expect(apisAfter(EXAMINED_EVENTS - 1)).toEqual([['responses'], true])
    expect(apisAfter(EXAMINED_EVENTS)).toEqual([[], false])
  })
})
