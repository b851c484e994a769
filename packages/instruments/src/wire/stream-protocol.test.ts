import { describe, expect, it } from 'vitest'
import { StreamProtocol } from './stream-protocol.ts'

function read(...events: [string, string][]) {
  const protocol = new StreamProtocol()
  for (const [name, data] of events) protocol.read(name, data)
  return [protocol.hasKnownEnd, protocol.terminal]
}

const CHUNK = '{"id":"1","object":"chat.completion.chunk","choices":[]}'

describe('StreamProtocol', () => {
  it.each(['constructor', 'toString', '__proto__'])('takes %s for no end of a stream', (name) => {
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
})
