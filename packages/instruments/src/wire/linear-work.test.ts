import { describe, expect, it } from 'vitest'
import { ALL_FACTS } from '../testing/fact-recorder.ts'
import { STREAM_VECTORS, withCopiesOfDelta } from '../testing/stream-vectors.ts'
import { unitsRead } from '../testing/text-work.ts'
import { SseScanner } from './sse-scanner.ts'
import { StreamReader } from './stream-reader.ts'

/** Units that may be read for each unit of a stream. An event with facts is read 10 to 16 times: examined, then parsed. */
const MAX_UNITS = 18

/** The same for a stream of many deltas. */
const MAX_UNITS_OF_DELTAS = 4

/** Returns how many units of text are read for each unit of the stream. */
function unitsPerUnit(chunks: readonly string[]): number {
  const reader = new StreamReader({ wants: new Set(ALL_FACTS), onFact() {} })
  const scanner = new SseScanner((...event) => reader.read(...event), reader.wantsExcerpt)
  const units = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const read = unitsRead(() => {
    for (const chunk of chunks) scanner.scan(chunk)
  })
  return read / units
}

const repeated = (count: number, text: string) => Array<string>(count).fill(text)
const CHAT = 'data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[]}\n\n'
const call = (from: number, count: number) =>
  Array.from(
    { length: count },
    (_, i) =>
      `data: {"id":"c","choices":[{"delta":{"tool_calls":[{"index":${from + i},"function":{"name":"f"}}]}}]}\n\n`,
  )

/** Streams of any length, in chunks. */
const STREAMS: Readonly<Record<string, (count: number) => string[]>> = {
  'one event': (n) => [
    CHAT,
    'event: response.completed\ndata: {"response":{"x":"',
    ...repeated(n, 'x'.repeat(100)),
    '\n\n',
  ],
  'one event with quotes': (n) => [CHAT, 'data: {"id":"', ...repeated(n, '\\"_calls\\"'.repeat(10)), '\n\n'],
  'one event in one chunk': (n) => [CHAT, `data: {"id":"${'"_tokens":'.repeat(10 * n)}\n\n`],
  'data lines without a blank line': (n) => [CHAT, ...repeated(n, 'data: {"id":1}\n'.repeat(10))],
  'lines in one chunk': (n) => [CHAT, 'data: {"id":1}\n'.repeat(10 * n)],
  'lines that end with LF and one CR': (n) => [CHAT, `${'data: {"id":1}\n'.repeat(10 * n)}\r`],
  'events that end with CR': (n) => [CHAT, 'data: {"id":1}\r\r'.repeat(10 * n)],
  'comments and names': (n) => [CHAT, ...repeated(n, ': x\nevent: x\nid: x\n'.repeat(6))],
  'no line end': (n) => [CHAT, ...repeated(n, 'data'.repeat(25))],
  'byte by byte': (n) => [CHAT, ...': comment\ndata: {"id":1}\n\n'.repeat(4 * n)],
  'tool calls': (n) => [CHAT, ...call(0, n)],
}

describe.each(Object.entries(STREAMS))('%s', (_name, chunks) => {
  it.each([10, 100, 1000])('is read in linear time: %i hundred units', (count) => {
    expect(unitsPerUnit(chunks(count))).toBeLessThan(MAX_UNITS)
  })
})

describe.each(STREAM_VECTORS)('$name', ({ text }) => {
  it.each([1, 10, 100])('is read in linear time if it comes %i times', (count) => {
    expect(unitsPerUnit([text.repeat(count)])).toBeLessThan(MAX_UNITS)
  })
})

const WITH_DELTAS = STREAM_VECTORS.filter(({ text }) => withCopiesOfDelta(text, 0) !== undefined)

it.each(WITH_DELTAS)('deltas of $name are examined, but not parsed', ({ text }) => {
  expect(unitsPerUnit(withCopiesOfDelta(text, 1000) ?? [])).toBeLessThan(MAX_UNITS_OF_DELTAS)
})
