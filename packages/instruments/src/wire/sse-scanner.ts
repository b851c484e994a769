/** Told of every event as WHATWG's `EventSource` would dispatch it. */
export type OnEvent = (type: string, dataHead: string) => void

/** How much of a line is kept where a chunk ends inside it, in UTF-16 units: field name and head of the value. */
const HEAD = 1024

/**
 * Chunks with a CR are scanned in pieces of this many UTF-16 units. V8 may move a search, which has no effects, into the loop
 * over the lines; a chunk of 1 MiB with 100,000 events then took 2 to 4 s instead of 5 ms.
 */
const PIECE = 16_384

const EVENT = 'event: '
const DATA = 'data: '

const LF = 10
const COLON = 58
const LETTER_D = 100
const LETTER_E = 101
const SPACE = 32
const NOTHING = -1

/**
 * Finds the events in the bytes of an event stream, whatever the chunking (HTML Living Standard section 9.2.6): lines
 * end with LF, CR or CRLF, a byte order mark may come first, comments are none, and a blank line dispatches an event if
 * at least one `data` field came before it. Bytes that are given as text may be decoded as anything that keeps ASCII.
 *
 * Keeps no more than {@link HEAD} units of a line and as much of the data of an event, however long they are.
 */
export class SseScanner {
  readonly #onEvent: OnEvent
  /** The beginning of a line that has not ended, at most {@link HEAD} units; `undefined` at the start of a line. */
  #line: string | undefined
  #isFirstLine = true
  /** Whether the last chunk ended with CR: an LF that comes next belongs to it. */
  #endedWithCr = false
  /** Whether the present chunk has a CR. A field, so that V8 computes it once and outside of the loop. */
  #hasCr = false
  #type = ''
  #data: string | undefined

  constructor(onEvent: OnEvent) {
    this.#onEvent = onEvent
  }

  /** Takes the next chunk. */
  scan(chunk: string): void {
    if (this.#readOneEvent(chunk)) return
    this.#hasCr = chunk.includes('\r')
    if (!this.#hasCr && !this.#endedWithCr) this.#scanLfLines(chunk)
    else for (let at = 0; at < chunk.length; at += PIECE) this.#scanLines(chunk.slice(at, at + PIECE))
  }

  /** Takes a chunk whose lines end with LF. */
  #scanLfLines(chunk: string): void {
    let at = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', at)) {
      this.#endLine(chunk, at, end)
      at = end + 1
    }
    if (at < chunk.length) this.#keep(chunk.slice(at, at + HEAD))
  }

  /** Takes a chunk whose lines end with LF, CR or CRLF. */
  #scanLines(chunk: string): void {
    let at = 0
    if (this.#endedWithCr && chunk.length > 0) {
      this.#endedWithCr = false
      if (chunk[0] === '\n') at = 1
    }
    // Each is looked for again only once it is passed, so that no part of a chunk is searched twice.
    let lf = chunk.indexOf('\n', at)
    let cr = chunk.indexOf('\r', at)
    while (at < chunk.length) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr
      if (end < 0) {
        this.#keep(chunk.slice(at, at + HEAD))
        return
      }
      this.#endLine(chunk, at, end)
      at = end + 1
      if (end === cr) {
        if (at === chunk.length) this.#endedWithCr = true
        else if (at === lf) at++
        cr = chunk.indexOf('\r', at)
      }
      if (lf >= 0 && lf < at) lf = chunk.indexOf('\n', at)
    }
  }

  /**
   * Reads a chunk that is just one event, `data: …` or `event: …` and `data: …`, between events: most chunks of a model's
   * stream are. It takes a few looks at it, where reading it line by line takes twice the time.
   */
  #readOneEvent(chunk: string): boolean {
    if (this.#line !== undefined || this.#data !== undefined || this.#type !== '') return false
    if (this.#isFirstLine || this.#endedWithCr) return false
    const nameEnd = chunk.startsWith(EVENT) ? chunk.indexOf('\n') : -1
    const data = nameEnd + 1
    if (!chunk.startsWith(DATA, data)) return false
    const end = chunk.indexOf('\n', data)
    if (end !== chunk.length - 2 || chunk.charCodeAt(end + 1) !== LF || chunk.includes('\r')) return false
    const start = data + DATA.length
    this.#onEvent(
      nameEnd < 0 ? '' : chunk.slice(EVENT.length, nameEnd),
      chunk.slice(start, Math.min(end, start + HEAD)),
    )
    return true
  }

  /** A chunk ended inside a line. */
  #keep(part: string): void {
    if (this.#line === undefined) this.#line = part
    else if (this.#line.length < HEAD) this.#line = (this.#line + part).slice(0, HEAD)
  }

  #endLine(chunk: string, start: number, end: number): void {
    if (this.#line === undefined && !this.#isFirstLine) {
      this.#readLine(chunk, start, end)
      return
    }
    let line = (this.#line ?? '') + chunk.slice(start, Math.min(end, start + HEAD))
    this.#line = undefined
    if (this.#isFirstLine) line = withoutByteOrderMark(line)
    this.#isFirstLine = false
    this.#readLine(line, 0, line.length)
  }

  /** One line of `text`, without its end. Only the fields `data` and `event` matter here. */
  #readLine(text: string, start: number, end: number): void {
    const first = start === end ? NOTHING : text.charCodeAt(start)
    if (first === NOTHING) this.#dispatch()
    else if (first === LETTER_D && isField(text, start, end, 'data')) {
      this.#data ??= fieldValue(text, start + 4, end)
    } else if (first === LETTER_E && isField(text, start, end, 'event')) {
      this.#type = fieldValue(text, start + 5, end)
    }
  }

  #dispatch(): void {
    const data = this.#data
    if (data !== undefined) this.#onEvent(this.#type, data)
    this.#data = undefined
    this.#type = ''
  }
}

/** Whether the line is the field `name`: the name alone, or before a colon. */
function isField(text: string, start: number, end: number, name: string): boolean {
  if (!text.startsWith(name, start)) return false
  const after = start + name.length
  return after === end || text.charCodeAt(after) === COLON
}

/** The head of a field's value, `at` being where its name ends; one space after the colon is left out. */
function fieldValue(text: string, at: number, end: number): string {
  if (at >= end) return ''
  const start = text.charCodeAt(at + 1) === SPACE ? at + 2 : at + 1
  return text.slice(start, Math.min(end, start + HEAD))
}

/** The mark as one character, or as the three bytes of UTF-8 that were decoded one by one. */
function withoutByteOrderMark(line: string): string {
  if (line.startsWith('\uFEFF')) return line.slice(1)
  return line.startsWith('\u00EF\u00BB\u00BF') ? line.slice(3) : line
}
