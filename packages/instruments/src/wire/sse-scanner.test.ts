import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Excerpt } from './excerpt.ts'
import { excerptOf } from './excerpt-buffer.ts'
import { SseScanner } from './sse-scanner.ts'

function scan(...chunks: string[]): [string, string][] {
  const events: [string, string][] = []
  const scanner = new SseScanner((type, data) => events.push([type, data]))
  for (const chunk of chunks) scanner.scan(chunk)
  return events
}

/** Reference implementation of the standard, for a whole text. */
function referenceScan(text: string): [string, string][] {
  const events: [string, string][] = []
  let data: string | undefined
  let type = ''
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  lines.pop() // not ended
  for (const line of lines) {
    const [, field = '', value = ''] = /^([^:]*):? ?([\s\S]*)$/.exec(line) ?? []
    if (line === '') {
      if (data !== undefined) events.push([type, data])
      data = undefined
      type = ''
    } else if (field === 'data') data ??= value
    else if (field === 'event') type = value
  }
  return events
}

describe('SseScanner', () => {
  it.each<[string, string, [string, string][]]>([
    ['one event', 'data: a\n\n', [['', 'a']]],
    ['a named event', 'event: x\ndata: a\n\n', [['x', 'a']]],
    [
      'CRLF',
      'data: a\r\n\r\ndata: b\r\n\r\n',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'CR',
      'data: a\r\rdata: b\r\r',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    ['a byte order mark', '\uFEFFdata: a\n\n', [['', 'a']]],
    ['a byte order mark byte by byte', '\u00EF\u00BB\u00BFdata: a\n\n', [['', 'a']]],
    ['comments', ': ping\n\n:\n\ndata: a\n: in between\n\n', [['', 'a']]],
    ['several data lines', 'data: a\ndata: b\n\n', [['', 'a']]],
    [
      'no space, two spaces',
      'data:a\n\ndata:  b\n\n',
      [
        ['', 'a'],
        ['', ' b'],
      ],
    ],
    [
      'data without a value',
      'data\n\ndata:\n\n',
      [
        ['', ''],
        ['', ''],
      ],
    ],
    ['no data', 'event: x\n\nid: 1\nretry: 5\n\n', []],
    ['a name that does not last', 'event: x\n\ndata: a\n\n', [['', 'a']]],
    ['other fields', 'database: no\neventual: no\ndata: a\n\n', [['', 'a']]],
    ['an unfinished event', 'data: a\n\ndata: b\n', [['', 'a']]],
    ['nothing', '', []],
  ])('reads %s', (_what, text, events) => {
    expect(scan(text)).toEqual(events)
    expect(referenceScan(text.replace('\u00EF\u00BB\u00BF', '\uFEFF'))).toEqual(events)
  })

  it('finds the events that the standard defines, for any chunking', () => {
    const piece = fc.constantFrom(
      'data',
      'event',
      ':',
      ' ',
      'x',
      'é',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      'data: y\n\n',
      'event: z\ndata: w\n\n',
      '\uFEFF',
      'id: 1\n',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (pieces, cuts) => {
          const text = pieces.join('')
          const places = cuts.map((cut) => (text.length === 0 ? 0 : cut % text.length)).sort((a, b) => a - b)
          const chunks = [0, ...places].map((start, i) => text.slice(start, places[i]))
          expect(scan(...chunks)).toEqual(referenceScan(text))
          expect(scan(...text)).toEqual(referenceScan(text))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('keeps only the head of a line that never ends', () => {
    const events: string[] = []
    const scanner = new SseScanner((_type, data) => events.push(data))
    scanner.scan('data: ')
    for (let i = 0; i < 10_000; i++) scanner.scan('x'.repeat(1000))
    scanner.scan('\n\n')
    expect(events.map((data) => data.length)).toEqual([1024])
    expect(scan(`data: ${'x'.repeat(5000)}\n\n`).map(([, data]) => data.length)).toEqual([1024])
  })
})

// Takes less than a second; with a search of the whole chunk for each line it would take longer than a test may.
it.each(['\n', '\r\n', '\r'])('finds 500,000 events in one chunk whose lines end with %j', (end) => {
  let events = 0
  const scanner = new SseScanner(() => events++)
  scanner.scan(`data: a${end}${end}`.repeat(500_000))
  expect(events).toBe(500_000)
})

describe('excerpts', () => {
  type Event = [string, string, Excerpt | undefined]

  function scanWanted(chunks: Iterable<string>): { events: Event[]; asked: string[][]; retained: number } {
    const events: Event[] = []
    const asked: string[][] = []
    const scanner = new SseScanner(
      (...event) => events.push(event),
      (name, data) => {
        asked.push([name, data])
        return name === 'wanted' || data.startsWith('wanted')
      },
    )
    let retained = 0
    for (const chunk of chunks) {
      scanner.scan(chunk)
      retained = Math.max(retained, scanner.retainedBytes)
    }
    return { events, asked, retained }
  }

  const long = 'wanted '.repeat(20_000)

  it.each<[string, string, string | undefined]>([
    ['for a long event', `event: wanted\ndata: ${long}\n\n`, long],
    ['for a long event without a name, chosen by its data', `data: ${long}\n\n`, long],
    [
      'of several data lines, joined',
      `event: wanted\ndata: a\ndata: b\ndata\ndata: ${long}\n\n`,
      `a\nb\n\n${long}`,
    ],
    ['not for a short event', 'event: wanted\ndata: a\n\n', undefined],
    ['not for another event', `event: other\ndata: x${long}\n\n`, undefined],
    ['not for several data lines of another event', 'event: other\ndata: a\ndata: b\n\n', undefined],
    ['for the last event only', `event: other\ndata: x${long}\n\nevent: wanted\ndata: ${long}\n\n`, long],
  ])('are given %s', (_what, text, data) => {
    const last = scanWanted([text]).events.at(-1)
    expect(last?.[2]).toEqual(data === undefined ? undefined : excerptOf(data, 0, data.length))
  })

  it('are the same for any chunking', () => {
    const line = fc.oneof(
      fc.constantFrom('event: wanted', 'event: other', 'data: a', ': ping', '', 'data', 'id: 1'),
      fc
        .tuple(
          fc.constantFrom('wanted', 'x'),
          fc.constantFrom(900, 1010, 1017, 1018, 1019, 1024, 5000, 80_000),
        )
        .map(([start, length]) => `data: ${start.padEnd(length, '0123456789')}`),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n\n')), { maxLength: 8 }),
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 12 }),
        (lines, hasMark, cuts) => {
          const text = `${hasMark ? '\uFEFF' : ''}${lines.flat().join('')}\n\n`
          const places = cuts.map((cut) => cut % text.length).sort((a, b) => a - b)
          const chunks = [0, ...places].map((start, i) => text.slice(start, places[i]))
          const { events, asked } = scanWanted([text])
          expect(scanWanted(chunks)).toMatchObject({ events, asked })
        },
      ),
      { numRuns: 100 },
    )
  })

  it('are requested at most once per event, and only for long events', () => {
    const text = `event: other\ndata: ${long}\ndata: b\ndata: c\n\nevent: wanted\ndata: a\n\nevent: wanted\ndata: a\ndata: b\n\n`
    const asked = [
      ['other', long.slice(0, 1024)],
      ['wanted', 'a'],
    ]
    expect(scanWanted([text]).asked).toEqual(asked)
    expect(scanWanted(text).asked).toEqual(asked)
  })

  it.each<[string, number, (i: number) => string]>([
    ['no line end at all', 5, () => 'x'],
    ['one event of 50 MB', 50, (i) => (i === 0 ? 'event: wanted\ndata: ' : 'x')],
    ['a name of 50 MB', 50, (i) => (i === 0 ? 'event: ' : 'x')],
    ['many data lines', 5, (i) => (i === 0 ? 'event: wanted\n' : 'data: x\n')],
    ['many names', 5, () => 'event: wanted\n'],
    ['bytes that are no UTF-8', 5, (i) => (i === 0 ? 'event: wanted\ndata: ' : '\u00ff\u00c3\u0000')],
    ['many lone CRs in data', 5, (i) => (i === 0 ? 'event: wanted\ndata: a' : '\rdata: x')],
  ])('need less than 256 kB for a stream with %s', (_what, megabytes, piece) => {
    const bytes = megabytes * 2 ** 20
    const events: unknown[] = []
    const scanner = new SseScanner(
      (...event) => events.push(event),
      () => true,
    )
    let retained = 0
    let sent = 0
    for (let i = 0; sent < bytes; i++) {
      const chunk = i === 0 ? piece(0) : piece(i).repeat(50_000)
      scanner.scan(chunk)
      sent += chunk.length
      retained = Math.max(retained, scanner.retainedBytes)
    }
    expect(events).toEqual([])
    expect(retained).toBeGreaterThan(0)
    expect(retained).toBeLessThan(150_000)
  })
})
