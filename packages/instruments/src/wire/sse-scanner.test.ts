import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SseScanner } from './sse-scanner.ts'

function scan(...chunks: string[]): [string, string][] {
  const events: [string, string][] = []
  const scanner = new SseScanner((type, data) => events.push([type, data]))
  for (const chunk of chunks) scanner.scan(chunk)
  return events
}

/** A straightforward reading of the standard, of the whole text at once. */
function byTheBook(text: string): [string, string][] {
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
    expect(byTheBook(text.replace('\u00EF\u00BB\u00BF', '\uFEFF'))).toEqual(events)
  })

  it('reads the same whatever the chunking, and what the standard says', () => {
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
          expect(scan(...chunks)).toEqual(byTheBook(text))
          expect(scan(...text)).toEqual(byTheBook(text))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('keeps the head of a line that never ends, and no more', () => {
    const events: string[] = []
    const scanner = new SseScanner((_type, data) => events.push(data))
    scanner.scan('data: ')
    for (let i = 0; i < 10_000; i++) scanner.scan('x'.repeat(1000))
    scanner.scan('\n\n')
    expect(events.map((data) => data.length)).toEqual([1018])
    expect(scan(`data: ${'x'.repeat(5000)}\n\n`).map(([, data]) => data.length)).toEqual([1018])
  })
})

// Takes less than a second; with a search of the whole chunk for each line it would take longer than a test may.
it.each(['\n', '\r\n', '\r'])('finds 500,000 events in one chunk whose lines end with %j', (end) => {
  let events = 0
  const scanner = new SseScanner(() => events++)
  scanner.scan(`data: a${end}${end}`.repeat(500_000))
  expect(events).toBe(500_000)
})
