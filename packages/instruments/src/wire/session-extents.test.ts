import { describe, expect, it } from 'vitest'
import { FactRecorder, SESSION_FACTS } from '../testing/fact-recorder.ts'
import { excerptOfText, factsOfMessages, type Message, sessionMessages } from '../testing/session-messages.ts'
import { type Extent, MessageText } from './message-text.ts'
import { LlmSessionReader } from './session-reader.ts'

/** Returns a message whose members after the first are preceded by `length` characters. */
const padded = (message: unknown, length: number): unknown => {
  if (typeof message !== 'object' || message === null) return message
  const [first, ...rest] = Object.entries(message)
  return Object.fromEntries([first ?? ['type', ''], ['padding', 'x'.repeat(length)], ...rest])
}

/** Reads messages as they come from a socket, and returns the facts. */
function factsOfPayloads(messages: readonly Message[]): unknown[] {
  const sink = new FactRecorder(SESSION_FACTS)
  const reader = new LlmSessionReader(sink)
  const received = new MessageText((beginning) => reader.extentOfReceived(beginning))
  const sent = new MessageText((beginning) => reader.extentOfSent(beginning))
  const excerptOf = (text: MessageText, message: unknown) => {
    const chunk = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
    text.append({ chunk, start: 0, end: chunk.length, mask: 0, offset: 0, remaining: 0 })
    return text.take()
  }
  for (const message of messages) {
    const excerpts = {
      received: message.received === undefined ? undefined : excerptOf(received, message.received),
      sent: message.sent === undefined ? undefined : excerptOf(sent, message.sent),
    }
    if (excerpts.received !== undefined) reader.received(excerpts.received)
    if (excerpts.sent !== undefined) reader.sent(excerpts.sent)
  }
  return sink.facts
}

it.each(['realtime', 'responses', 'responses-vllm', 'transcription-vllm'])(
  'the facts of %s are the same whatever part of its messages is not read',
  (name) => {
    for (const length of [0, 600, 5000, 100_000]) {
      const messages = sessionMessages(name).map(({ received, sent }) => ({
        ...(received === undefined ? {} : { received: padded(received, length) }),
        ...(sent === undefined ? {} : { sent: padded(sent, length) }),
      }))
      expect(factsOfPayloads(messages)).toEqual(factsOfMessages(messages))
    }
  },
)

describe('the extent that is read of a message', () => {
  const isAwaited = new Set(SESSION_FACTS)
  const isSent = new Set(SESSION_FACTS.filter((type) => type !== 'turn_output'))
  const session = (wants: typeof isAwaited): LlmSessionReader => {
    const reader = new LlmSessionReader(new FactRecorder([...wants]))
    reader.sent(excerptOfText('{"type":"session.created"}'))
    return reader
  }

  it.each<[string, Extent]>([
    ['{"type":"response.create",', 'long'],
    ['{"type":"input_audio_buffer.append","audio":"', 'nothing'],
    ['{"event_id":"e","type":"conversation.item.create",', 'nothing'],
    ['{"audio":"', 'long'],
  ])('that the client of a session sends: %s', (beginning, extent) => {
    expect(session(isAwaited).extentOfReceived(beginning)).toBe(extent)
  })

  it.each<[string, Extent, Extent]>([
    ['{"type":"response.output_audio.delta","delta":"', 'long', 'nothing'],
    ['{"type":"response.output_item.done",', 'long', 'long'],
    ['{"type":"response.done",', 'long', 'long'],
    ['{"type":"conversation.item.added",', 'nothing', 'nothing'],
    ['{"delta":"', 'long', 'long'],
  ])(
    'that the server of a session sends, before and after the first output: %s',
    (beginning, before, after) => {
      expect(session(isAwaited).extentOfSent(beginning)).toBe(before)
      expect(session(isSent).extentOfSent(beginning)).toBe(after)
    },
  )

  it.each<[string, Extent]>([
    ['{"type":"position","points":[', 'beginning'],
    ['x'.repeat(512), 'beginning'],
    ['{"points":[', 'short'],
    ['{"type":"response.create","input":"', 'long'],
  ])('before a session is recognised: %s', (beginning, extent) => {
    const reader = new LlmSessionReader(new FactRecorder(SESSION_FACTS))
    expect(reader.extentOfReceived(beginning)).toBe(extent)
  })
})
