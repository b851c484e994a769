import { MAX_RESPONSE_BYTES } from './export-response.ts'

/** HTTP response. */
export interface HttpResponse {
  readonly status: number
  /** By name in lower case. Repeated headers have their first value, except for lists, which are joined. */
  readonly headers: ReadonlyMap<string, string>
  /** At most {@link MAX_RESPONSE_BYTES}. */
  readonly body: Uint8Array
  /** Whether the connection can be used for another request. */
  readonly keepsAlive: boolean
}

/** Limit of all heads and trailers of a response together, as in Node's own parser. */
const MAX_HEAD_BYTES = 16 * 1024

/** Limit of a chunk-size line with its extensions. */
const MAX_CHUNK_LINE_BYTES = 1024

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?$/

/** Headers whose repeated values are joined. */
const LISTS: ReadonlySet<string> = new Set(['connection', 'content-length', 'transfer-encoding'])

interface Head {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly isPersistent: boolean
  readonly framing: Framing
}

/** How the end of the body is found: by length, by chunks, or by the end of the connection. */
type Framing = number | 'chunked' | 'connection'

/**
 * Incremental parser of the response to a `POST` (HTTP/1.1: RFC 9112, sections 2.2, 4, 6 and 7.1). Throws on
 * malformed data and on a head of more than 16 KiB; stops at the limit of the body.
 */
export class HttpResponseReader {
  /** Received bytes that are not parsed yet; between two calls at most a part of a line. */
  #pending: Buffer = Buffer.alloc(0)
  #headBytes = 0
  #headLines: string[] = []
  #head: Head | undefined
  /** The body so far, with spare capacity at the end. */
  #body: Buffer = Buffer.alloc(0)
  #bodyBytes = 0
  /** Bytes of the current chunk that are missing; 0: its line end is missing; undefined: between chunks. */
  #chunkLeft: number | undefined
  #isInTrailers = false

  /** Whether any data has arrived. */
  hasBegun = false

  /**
   * Parses received data.
   * @returns the response when it is complete, else undefined
   * @throws Error if the data is malformed
   */
  push(data: Buffer): HttpResponse | undefined {
    this.hasBegun = true
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data])
    this.#head ??= this.#readHead()
    if (this.#head === undefined) return undefined
    const isWhole = this.#readBody(this.#head.framing)
    return isWhole || this.#bodyBytes >= MAX_RESPONSE_BYTES ? this.#response(this.#head, isWhole) : undefined
  }

  /**
   * Called at the end of the connection. Returns the response so far, or undefined if its head is incomplete.
   */
  end(): HttpResponse | undefined {
    return this.#head === undefined ? undefined : this.#response(this.#head, false)
  }

  #response({ status, headers, isPersistent }: Head, isWhole: boolean): HttpResponse {
    const keepsAlive = isWhole && isPersistent && this.#pending.length === 0
    return { status, headers, body: this.#body.subarray(0, this.#bodyBytes), keepsAlive }
  }

  /** Parses the head of the final response; skips interim responses (RFC 9110, section 15.2). */
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

  /** LF alone ends a line too (RFC 9112, section 2.2). */
  #readLine(limit: number, overflow: string): string | undefined {
    const end = this.#pending.indexOf('\n')
    if ((end < 0 ? this.#pending.length : end) > limit) throw parseError(overflow)
    if (end < 0) return undefined
    const line = this.#pending.toString('latin1', 0, this.#pending[end - 1] === 13 ? end - 1 : end)
    this.#pending = this.#pending.subarray(end + 1)
    return line
  }

  /** Returns whether the body is complete. */
  #readBody(framing: Framing): boolean {
    if (framing === 'chunked') return this.#readChunks()
    this.#take(framing === 'connection' ? this.#pending.length : framing - this.#bodyBytes)
    return this.#bodyBytes === framing
  }

  /** Copies the next bytes of the body: a view of a small chunk would retain the whole received buffer. */
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
      if (line !== '') throw parseError('a chunk exceeds its size')
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
  if (status === 101) throw parseError('unexpected protocol switch')
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
  // A response with both headers can be an attempt at request smuggling (RFC 9112, section 6.3): the
  // connection is not reused.
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

/** Uses the messages of Node's own parser, which people search for. */
function parseError(reason: string): Error {
  return new Error(`Parse Error: ${reason}`)
}
