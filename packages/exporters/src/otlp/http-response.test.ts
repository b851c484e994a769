import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_RESPONSE_BYTES } from './export-response.ts'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'

/** Parses bytes that arrive in parts, split at the given offsets. */
function read(bytes: Buffer, splits: readonly number[] = []): HttpResponse | undefined {
  const reader = new HttpResponseReader()
  const places = [...splits.map((split) => split % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let from = 0
  for (const to of places) {
    const piece = bytes.subarray(from, to)
    from = to
    const response = piece.length === 0 ? undefined : reader.push(piece)
    if (response !== undefined) return response
  }
  return reader.end()
}

const plain = (response: HttpResponse | undefined) =>
  response && { ...response, headers: Object.fromEntries(response.headers), body: Buffer.from(response.body) }

const token = fc.stringMatching(/^x-[a-z0-9-]{1,8}$/)
const value = fc.stringMatching(/^[!-~]([ !-~]{0,20}[!-~])?$/)
const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
const splits = fc.array(fc.nat(1000), { maxLength: 12 })

/** A response and its encoding, with a length or in chunks. */
const response = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    headers: fc.dictionary(token, value, { maxKeys: 5, noNullPrototype: true }),
    chunks: fc.array(body, { maxLength: 4 }),
    isChunked: fc.boolean(),
    lineEnd: fc.constantFrom('\r\n', '\n'),
    interim: fc.nat(2),
  })
  .map(({ status, headers, chunks, isChunked, lineEnd, interim }) => {
    const whole = Buffer.concat(chunks)
    const framing = isChunked
      ? { 'transfer-encoding': 'chunked' }
      : { 'content-length': String(whole.length) }
    const all = { ...headers, ...framing }
    const lines = [
      `HTTP/1.1 ${status} It is`,
      ...Object.entries(all).map(([name, text]) => `${name}:  ${text} `),
    ]
    const parts = isChunked
      ? [...chunks.filter(({ length }) => length > 0), Buffer.alloc(0)].flatMap((chunk) => [
          Buffer.from(chunk.length.toString(16) + lineEnd),
          chunk,
          Buffer.from(lineEnd),
        ])
      : [whole]
    const head =
      `HTTP/1.1 100 Continue${lineEnd}${lineEnd}`.repeat(interim) + lines.join(lineEnd) + lineEnd + lineEnd
    return {
      bytes: Buffer.concat([Buffer.from(head, 'latin1'), ...parts]),
      expected: { status, headers: all, body: whole, keepsAlive: true },
    }
  })

describe('a response', () => {
  it('is parsed wherever it is split', () => {
    fc.assert(
      fc.property(response, splits, ({ bytes, expected }, splits) => {
        expect(plain(read(bytes, splits))).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('that is truncated is incomplete, or does not allow another request', () => {
    fc.assert(
      fc.property(response, fc.nat(2000), ({ bytes, expected }, at) => {
        const short = read(bytes.subarray(0, at % bytes.length))
        expect(short?.status ?? expected.status).toBe(expected.status)
        expect(short?.keepsAlive ?? false).toBe(false)
      }),
    )
  })

  it('of arbitrary bytes is parsed or rejected in the same way wherever it is split', () => {
    const outcome = (bytes: Buffer, at: readonly number[]) => {
      try {
        return plain(read(bytes, at))
      } catch (error) {
        return (error as Error).message.slice(0, 11)
      }
    }
    const statusOf = (one: ReturnType<typeof outcome>) => (typeof one === 'string' ? one : one?.status)
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      fc
        .constantFrom(
          'HTTP/1.1 200 OK\r\n',
          'content-length: 5\r\n',
          'transfer-encoding: chunked\r\n',
          '\r\n',
          'ff\r\n',
          '0\r\n',
        )
        .map((text) => Buffer.from(text)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), splits, (pieces, splits) => {
        const bytes = Buffer.concat(pieces)
        const [whole, split] = [outcome(bytes, []), outcome(bytes, splits)]
        expect([whole, split].every((one) => typeof one !== 'string' || one === 'Parse Error')).toBe(true)
        expect(statusOf(split)).toBe(statusOf(whole))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the limit of', () => {
  const head = 'HTTP/1.1 200 OK\r\n'

  it.each([
    ['a head', `${head}a: ${'b'.repeat(20_000)}`, 'Header overflow'],
    ['the line of a chunk', `${head}transfer-encoding: chunked\r\n\r\n${'0'.repeat(2000)}`, 'Chunk overflow'],
    [
      'trailers',
      `${head}transfer-encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(4000)}`,
      'Header overflow',
    ],
    ['interim responses', 'HTTP/1.1 100 Go\r\n\r\n'.repeat(1000), 'Header overflow'],
    ['a length', `${head}content-length: ${'9'.repeat(20)}\r\n\r\n`, 'Content-Length'],
    ['a size', `${head}transfer-encoding: chunked\r\n\r\n${'f'.repeat(9)}\r\n`, 'chunk size'],
  ])('%s is enforced', (_name, text, error) => {
    expect(() => read(Buffer.from(text))).toThrow(error)
  })

  it('the body holds in chunks of one byte, with bounded memory', () => {
    const reader = new HttpResponseReader()
    reader.push(Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`))
    let response: HttpResponse | undefined
    while (response === undefined) response = reader.push(Buffer.from('1\r\nx\r\n'.repeat(10_000)))
    expect(response.body.length).toBe(MAX_RESPONSE_BYTES)
    expect(response.body.buffer.byteLength).toBeLessThanOrEqual(2 * MAX_RESPONSE_BYTES)
  })

  it.each([
    ['a length', `content-length: ${2 * MAX_RESPONSE_BYTES}`, ''],
    ['chunks', 'transfer-encoding: chunked', 'ffffffff\r\n'],
    ['the end of the connection', 'x: y', ''],
  ])('a body that ends by %s is enforced', (_name, header, start) => {
    const reader = new HttpResponseReader()
    let response = reader.push(Buffer.from(`${head}${header}\r\n\r\n${start}`))
    const data = Buffer.alloc(64 * 1024)
    let pushed = 0
    for (; response === undefined && pushed < 100; pushed++) response = reader.push(data)
    expect(pushed).toBe(MAX_RESPONSE_BYTES / data.length)
    expect(response).toMatchObject({ status: 200, keepsAlive: false })
  })
})
