import { MAX_RESPONSE_BYTES } from './export-response.ts'

/** What a server has answered. */
export interface HttpResponse {
  readonly status: number
  /** By names in lower case. Of a name that comes twice, the first value, but for those that are lists. */
  readonly headers: ReadonlyMap<string, string>
  /** What there is of it, up to {@link MAX_RESPONSE_BYTES}. */
  readonly body: Uint8Array
  /** Whether the connection can be used again. */
  readonly keepsAlive: boolean
}

/** As Node's own parser allows; of all heads and trailers of an answer together. */
const MAX_HEAD_BYTES = 16 * 1024

/** The longest line of a chunk: its size, and extensions that nobody uses. */
const MAX_CHUNK_LINE_BYTES = 1024

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?$/

/** Headers that are lists here, whose values are joined where they come twice. */
const LISTS: ReadonlySet<string> = new Set(['connection', 'content-length', 'transfer-encoding'])

interface Head {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly isPersistent: boolean
  readonly framing: Framing
}

/** Where a body ends: after so many bytes, by its own chunks, or with the connection. */
type Framing = number | 'chunked' | 'connection'

/**
 * Reads the response to one `POST` from what its connection brings (HTTP/1.1: RFC 9112, sections 2.2, 4, 6 and 7.1).
 * What is no response is refused with an error, as is a head of more than 16 KiB; of a body, no more is read than its
 * limit allows.
 */
export class HttpResponseReader {
  /** What has come and is not read yet: between two calls, at most a part of a line. */
  #pending: Buffer = Buffer.alloc(0)
  #headBytes = 0
  #headLines: string[] = []
  #head: Head | undefined
  /** The body in its first bytes, and room for more. */
  #body: Buffer = Buffer.alloc(0)
  #bodyBytes = 0
  /** How much of the current chunk is still to come; 0: the end of its line. `undefined` between chunks. */
  #chunkLeft: number | undefined
  #isInTrailers = false

  /** Whether anything has come at all. */
  hasBegun = false

  /**
   * Takes what has come.
   * @returns the response, once it is whole
   * @throws Error if it is none
   */
  push(data: Buffer): HttpResponse | undefined {
    this.hasBegun = true
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data])
    this.#head ??= this.#readHead()
    if (this.#head === undefined) return undefined
    const isWhole = this.#readBody(this.#head.framing)
    return isWhole || this.#bodyBytes >= MAX_RESPONSE_BYTES ? this.#response(this.#head, isWhole) : undefined
  }

  /** The connection has ended: what there is of the response, if its head is there. */
  end(): HttpResponse | undefined {
    return this.#head === undefined ? undefined : this.#response(this.#head, false)
  }

  #response({ status, headers, isPersistent }: Head, isWhole: boolean): HttpResponse {
    const keepsAlive = isWhole && isPersistent && this.#pending.length === 0
    return { status, headers, body: this.#body.subarray(0, this.#bodyBytes), keepsAlive }
  }

  /** The head of the final response, past interim ones (RFC 9110 section 15.2). */
  #readHead(): Head | undefined {
    for (;;) {
      const line = this.#readHeadLine()
      if (line === undefined) return undefined
      if (line !== '') this.#headLines.push(line)
      else if (this.#headLines.length > 0) {
        const head = parseHead(this.#headLines)
        if (head.status >= 200) return head
        this.#headLines = []
      }
    }
  }

  #readHeadLine(): string | undefined {
    const line = this.#readLine(MAX_HEAD_BYTES - this.#headBytes, 'Header overflow')
    this.#headBytes += line === undefined ? 0 : line.length + 1
    return line
  }

  /** A line may end with LF alone (RFC 9112 section 2.2). */
  #readLine(limit: number, overflow: string): string | undefined {
    const end = this.#pending.indexOf('\n')
    if ((end < 0 ? this.#pending.length : end) > limit) throw parseError(overflow)
    if (end < 0) return undefined
    const line = this.#pending.toString('latin1', 0, this.#pending[end - 1] === 13 ? end - 1 : end)
    this.#pending = this.#pending.subarray(end + 1)
    return line
  }

  /** Gives whether it is there whole. */
  #readBody(framing: Framing): boolean {
    if (framing === 'chunked') return this.#readChunks()
    this.#take(framing === 'connection' ? this.#pending.length : framing - this.#bodyBytes)
    return this.#bodyBytes === framing
  }

  /** Copies what there is of the next bytes of the body: many small chunks would keep all that has come with them. */
  #take(length: number): number {
    const taken = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(taken.length)
    const bytes = this.#bodyBytes + taken.length
    if (bytes > this.#body.length) {
      const larger = Buffer.allocUnsafe(Math.max(bytes, 2 * this.#body.length))
      this.#body.copy(larger, 0, 0, this.#bodyBytes)
      this.#body = larger
    }
    taken.copy(this.#body, this.#bodyBytes)
    this.#bodyBytes = bytes
    return taken.length
  }

  #readChunks(): boolean {
    while (this.#bodyBytes < MAX_RESPONSE_BYTES) {
      if (this.#chunkLeft !== undefined && this.#chunkLeft > 0) {
        this.#chunkLeft -= this.#take(this.#chunkLeft)
        if (this.#chunkLeft > 0) return false
      }
      const line = this.#isInTrailers
        ? this.#readHeadLine()
        : this.#readLine(MAX_CHUNK_LINE_BYTES, 'Chunk overflow')
      if (line === undefined) return false
      if (this.#isInTrailers) {
        if (line === '') return true
      } else this.#readChunkLine(line)
    }
    return false
  }

  #readChunkLine(line: string): void {
    if (this.#chunkLeft === 0) {
      if (line !== '') throw parseError('a chunk is longer than it says')
      this.#chunkLeft = undefined
      return
    }
    const size = CHUNK_LINE.exec(line)?.[1]
    if (size === undefined) throw parseError('Invalid character in chunk size')
    this.#chunkLeft = Number.parseInt(size, 16)
    this.#isInTrailers = this.#chunkLeft === 0
  }
}

function parseHead([first = '', ...lines]: readonly string[]): Head {
  const [, minor, code] = STATUS_LINE.exec(first) ?? []
  if (code === undefined) throw parseError('Expected HTTP/1.1')
  const status = Number(code)
  if (status === 101) throw parseError('another protocol that nobody asked for')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? []
    if (name === undefined || value === undefined) throw parseError('Invalid header token')
    const key = name.toLowerCase()
    const before = headers.get(key)
    if (before === undefined) headers.set(key, value)
    else if (LISTS.has(key)) headers.set(key, `${before}, ${value}`)
  }
  const connection = tokensOf(headers.get('connection'))
  const staysOpen = minor === '1' ? !connection.includes('close') : connection.includes('keep-alive')
  // Both are how a request is smuggled past a proxy (RFC 9112 section 6.3): what comes next is not trusted.
  const isPersistent = staysOpen && !(headers.has('transfer-encoding') && headers.has('content-length'))
  return { status, headers, isPersistent, framing: framingOf(status, headers) }
}

/** RFC 9112 section 6.3. */
function framingOf(status: number, headers: ReadonlyMap<string, string>): Framing {
  if (status < 200 || status === 204 || status === 304) return 0
  const codings = tokensOf(headers.get('transfer-encoding'))
  if (codings.length > 0) return codings.at(-1) === 'chunked' ? 'chunked' : 'connection'
  const lengths = new Set(tokensOf(headers.get('content-length')))
  if (lengths.size === 0) return 'connection'
  const [length = ''] = lengths
  if (lengths.size > 1 || !/^\d{1,15}$/.test(length)) throw parseError('Invalid Content-Length')
  return Number(length)
}

function tokensOf(list: string | undefined): string[] {
  return (list ?? '')
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
}

/** In the words of Node's own parser, which people search for. */
function parseError(reason: string): Error {
  return new Error(`Parse Error: ${reason}`)
}
