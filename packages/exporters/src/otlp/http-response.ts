import { MAX_RESPONSE_BYTES } from './response.ts'

/** What a server has answered. */
export interface HttpResponse {
  readonly status: number
  /** By names in lower case; a name that comes twice has both values, with a comma between them. */
  readonly headers: ReadonlyMap<string, string>
  /** What there is of it, up to {@link MAX_RESPONSE_BYTES}. */
  readonly body: Uint8Array
  /** Whether the connection can be used again. */
  readonly keepsAlive: boolean
}

/** As Node's own parser allows. */
const MAX_HEAD_BYTES = 16 * 1024

/** The longest line of a chunk: its size, and extensions that nobody uses. */
const MAX_CHUNK_LINE_BYTES = 1024

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?$/

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
  /** What has come and is not read yet. */
  #pending: Buffer = Buffer.alloc(0)
  #head: Head | undefined
  readonly #body: Buffer[] = []
  #bodyLength = 0
  /** How much of the current chunk, its line end included, is still to come; `undefined` between chunks. */
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
    while (this.#head === undefined) {
      const head = this.#readHead()
      if (head === undefined) return undefined
      if (head.status >= 200) this.#head = head // those before are interim (RFC 9110 section 15.2)
    }
    const isWhole = this.#readBody(this.#head.framing)
    return isWhole || this.#bodyLength >= MAX_RESPONSE_BYTES ? this.#response(isWhole) : undefined
  }

  /** The connection has ended: what there is of the response, if its head is there. */
  end(): HttpResponse | undefined {
    return this.#head === undefined ? undefined : this.#response(false)
  }

  #response(isWhole: boolean): HttpResponse {
    const { status, headers, isPersistent } = this.#head as Head
    const keepsAlive = isWhole && isPersistent && this.#pending.length === 0
    return { status, headers, body: Buffer.concat(this.#body), keepsAlive }
  }

  #readHead(): Head | undefined {
    const lines: string[] = []
    let at = 0
    for (;;) {
      const end = this.#pending.indexOf('\n', at)
      if ((end < 0 ? this.#pending.length : end) > MAX_HEAD_BYTES)
        throw new Error('Parse Error: Header overflow')
      if (end < 0) return undefined
      const line = lineOf(this.#pending, at, end)
      at = end + 1
      if (line !== '') lines.push(line)
      else if (lines.length > 0) break
    }
    this.#pending = this.#pending.subarray(at)
    return parseHead(lines)
  }

  /** Gives whether it is there whole. */
  #readBody(framing: Framing): boolean {
    if (framing === 'chunked') return this.#readChunks()
    this.#take(framing === 'connection' ? this.#pending.length : framing - this.#bodyLength)
    return this.#bodyLength === framing
  }

  #take(length: number): number {
    const taken = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(taken.length)
    if (taken.length > 0) this.#body.push(taken)
    this.#bodyLength += taken.length
    return taken.length
  }

  #readChunks(): boolean {
    for (;;) {
      if (this.#chunkLeft !== undefined && this.#chunkLeft > 0) {
        this.#chunkLeft -= this.#take(this.#chunkLeft)
        if (this.#chunkLeft > 0) return false
      }
      const line = this.#readLine()
      if (line === undefined) return false
      if (this.#isInTrailers) {
        if (line === '') return true
      } else if (this.#chunkLeft === 0) {
        if (line !== '') throw new Error('Parse Error: a chunk is longer than it says')
        this.#chunkLeft = undefined
      } else {
        const size = CHUNK_LINE.exec(line)?.[1]
        if (size === undefined) throw new Error('Parse Error: Invalid character in chunk size')
        this.#chunkLeft = Number.parseInt(size, 16)
        if (this.#chunkLeft === 0) this.#isInTrailers = true
      }
    }
  }

  #readLine(): string | undefined {
    const end = this.#pending.indexOf('\n')
    if ((end < 0 ? this.#pending.length : end) > MAX_CHUNK_LINE_BYTES)
      throw new Error('Parse Error: Chunk overflow')
    if (end < 0) return undefined
    const line = lineOf(this.#pending, 0, end)
    this.#pending = this.#pending.subarray(end + 1)
    return line
  }
}

/** A line may end with LF alone (RFC 9112 section 2.2). */
function lineOf(bytes: Buffer, from: number, to: number): string {
  return bytes.toString('latin1', from, bytes[to - 1] === 13 && to > from ? to - 1 : to)
}

function parseHead([first = '', ...lines]: readonly string[]): Head {
  const [, minor, code] = STATUS_LINE.exec(first) ?? []
  if (code === undefined) throw new Error('Parse Error: Expected HTTP/1.1')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? []
    if (name === undefined || value === undefined) throw new Error('Parse Error: Invalid header token')
    const key = name.toLowerCase()
    const before = headers.get(key)
    headers.set(key, before === undefined ? value : `${before}, ${value}`)
  }
  const status = Number(code)
  const connection = tokensOf(headers.get('connection'))
  const isPersistent = minor === '1' ? !connection.includes('close') : connection.includes('keep-alive')
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
  if (lengths.size > 1 || !/^\d{1,15}$/.test(length)) throw new Error('Parse Error: Invalid Content-Length')
  return Number(length)
}

function tokensOf(list: string | undefined): string[] {
  return (list ?? '')
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '')
}
