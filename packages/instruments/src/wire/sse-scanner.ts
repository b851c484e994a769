import type { Excerpt } from './excerpt.ts'
import { ExcerptBuffer, excerptOf } from './excerpt-buffer.ts'
import { copyOf } from './values.ts'

/**
 * Called with every event as WHATWG's `EventSource` would dispatch it.
 * @param name the `event` field; `''` if there is none
 * @param data the first {@link MAX_DATA_UNITS} UTF-16 units of the first `data` line
 * @param excerpt all data lines, joined by LF, of an event for which {@link ShouldCapture} returned `true`
 */
export type OnEvent = (name: string, data: string, excerpt: Excerpt | undefined) => void

/**
 * Decides whether an event is captured beyond the first {@link MAX_DATA_UNITS} units of its first `data` line. Called at most
 * once an event, as soon as the event exceeds them.
 * @param name the `event` field, if it came before the data
 */
export type ShouldCapture = (name: string, data: string) => boolean

/** Maximum length of the data that is passed for every event, in UTF-16 units. */
export const MAX_DATA_UNITS = 1024

/** Maximum stored length of an unfinished line: byte order mark, field name, and {@link MAX_DATA_UNITS} of the value. */
const MAX_LINE_UNITS = MAX_DATA_UNITS + 16

/** Parts of a chunk up to this length are stored without a copy, although they keep the whole chunk in memory. */
const SMALL_CHUNK = 4096

/**
 * Chunks with a CR are scanned in slices of this many UTF-16 units. V8 may move a search, which has no effects, into the loop
 * over the lines; a chunk of 1 MiB with 100,000 events then took 2 to 4 s instead of 5 ms.
 */
const SCAN_SLICE_UNITS = 16_384

const EVENT = 'event: '
const DATA = 'data: '

const LF = 10
const COLON = 58
const LETTER_D = 100
const LETTER_E = 101
const SPACE = 32

/**
 * Finds the events in an event stream that comes in any chunks (HTML Living Standard section 9.2.6): lines
 * end with LF, CR or CRLF, a byte order mark may come first, comments are ignored, and a blank line dispatches an event if
 * at least one `data` field came before it. Bytes that are given as text may be decoded as anything that keeps ASCII.
 *
 * Stores {@link MAX_DATA_UNITS} units of an event; of an event that {@link ShouldCapture} selects, the first 4,096 and the
 * last 65,536. In total it stores less than 256 kB for any stream.
 */
export class SseScanner {
  readonly #onEvent: OnEvent
  readonly #shouldCapture: ShouldCapture | undefined
  /**
   * The beginning of a line that has not ended, at most {@link MAX_LINE_UNITS} units; `''` once a longer line has been read;
   * `undefined` at the start of a line.
   */
  #line: string | undefined
  /** How the rest of a line that is longer than {@link MAX_LINE_UNITS} is handled. */
  #rest: 'undecided' | 'skipped' | 'captured' = 'undecided'
  #isFirstLine = true
  /** Whether the last chunk ended with CR: an LF that comes next belongs to it. */
  #endedWithCr = false
  /** Whether the current chunk has a CR. A field, so that V8 computes it once and outside of the loop. */
  #hasCr = false
  #type = ''
  #data: string | undefined
  /** Whether a stored part of the unfinished event may be a slice of a chunk. */
  #hasSlice = false
  /** Whether {@link ShouldCapture} was called for this event. */
  #isDecided = false
  /** Set while the data of an event is captured. */
  #buffer: ExcerptBuffer | undefined

  /** @param shouldCapture default: no event is captured */
  constructor(onEvent: OnEvent, shouldCapture?: ShouldCapture) {
    this.#onEvent = onEvent
    this.#shouldCapture = shouldCapture
  }

  /** Bytes that are stored between two chunks, at most 2 for each unit of text. */
  get retainedBytes(): number {
    const units = (this.#line?.length ?? 0) + this.#type.length + (this.#data?.length ?? 0)
    return 2 * units + (this.#buffer?.retainedBytes ?? 0)
  }

  /** Takes the next chunk. */
  scan(chunk: string): void {
    if (this.#readOneEvent(chunk)) return
    this.#hasCr = chunk.includes('\r')
    if (!this.#hasCr && !this.#endedWithCr) this.#scanLfLines(chunk)
    else
      for (let at = 0; at < chunk.length; at += SCAN_SLICE_UNITS)
        this.#scanLines(chunk.slice(at, at + SCAN_SLICE_UNITS))
    if (this.#hasSlice && chunk.length > SMALL_CHUNK) this.#copyPending()
  }

  /**
   * Copies the stored parts of the unfinished event: a slice would keep the whole chunk in memory. A long event is copied
   * with its first chunk only.
   */
  #copyPending(): void {
    this.#hasSlice = false
    if (this.#type !== '') this.#type = copyOf(this.#type)
    if (this.#data !== undefined) this.#data = copyOf(this.#data)
    if (this.#line !== undefined) this.#line = copyOf(this.#line)
  }

  /** Takes a chunk whose lines end with LF. */
  #scanLfLines(chunk: string): void {
    let at = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', at)) {
      this.#endLine(chunk, at, end)
      at = end + 1
    }
    if (at < chunk.length) this.#storePart(chunk, at, chunk.length)
  }

  /** Takes a chunk whose lines end with LF, CR or CRLF. */
  #scanLines(chunk: string): void {
    let at = 0
    if (this.#endedWithCr && chunk.length > 0) {
      this.#endedWithCr = false
      if (chunk[0] === '\n') at = 1
    }
    // The next LF and the next CR: searched again only after the scan has passed them, so no part is searched twice.
    let lf = chunk.indexOf('\n', at)
    let cr = chunk.indexOf('\r', at)
    while (at < chunk.length) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr
      if (end < 0) {
        this.#storePart(chunk, at, chunk.length)
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
   * Reads a chunk that consists of one event, `data: …` or `event: …` and `data: …`, as most chunks of a model's stream do.
   * Reading such a chunk line by line takes twice the time.
   * @returns whether the chunk was read
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
    const name = nameEnd < 0 ? '' : chunk.slice(EVENT.length, nameEnd)
    const head = chunk.slice(start, Math.min(end, start + MAX_DATA_UNITS))
    const isWanted = end - start > MAX_DATA_UNITS && this.#shouldCapture?.(name, head) === true
    this.#onEvent(name, head, isWanted ? excerptOf(chunk, start, end) : undefined)
    return true
  }

  /** Stores a part of a line: the rest of a line whose beginning is stored, or a part that continues in the next chunk. */
  #storePart(chunk: string, start: number, end: number): void {
    let at = start
    if (this.#rest === 'undecided') {
      const line = this.#line ?? ''
      at = Math.min(end, start + MAX_LINE_UNITS - line.length)
      this.#line = line + chunk.slice(start, at)
      this.#hasSlice = true
      if (at < end) {
        this.#rest = this.#readLongLine(this.#line) ? 'captured' : 'skipped'
        this.#line = '' // it is read
      }
    }
    if (this.#rest === 'captured') this.#buffer?.append(chunk, at, end)
  }

  #endLine(chunk: string, start: number, end: number): void {
    if (this.#line === undefined && !this.#isFirstLine) {
      this.#readLine(chunk, start, end)
      return
    }
    this.#storePart(chunk, start, end)
    const line = this.#isFirstLine ? withoutByteOrderMark(this.#line ?? '') : (this.#line ?? '')
    const isRead = this.#rest !== 'undecided'
    this.#line = undefined
    this.#rest = 'undecided'
    this.#isFirstLine = false
    if (!isRead) this.#readLine(line, 0, line.length)
  }

  /** Reads the beginning of a line that is longer than {@link MAX_LINE_UNITS}. Returns whether the rest is captured. */
  #readLongLine(beginning: string): boolean {
    const line = this.#isFirstLine ? withoutByteOrderMark(beginning) : beginning
    return this.#readLine(line, 0, line.length)
  }

  /**
   * Reads the line, or the beginning of a line, that lies in `text` without its end. Only the fields `data` and `event`
   * matter here.
   * @returns whether its data is captured
   */
  #readLine(text: string, start: number, end: number): boolean {
    if (start === end) {
      this.#dispatch()
      return false
    }
    const first = text.charCodeAt(start)
    if (first === LETTER_D && isField(text, start, end, 'data')) {
      return this.#readData(text, Math.min(end, valueStart(text, start + 4, end)), end)
    } else if (first === LETTER_E && isField(text, start, end, 'event')) {
      const value = Math.min(end, valueStart(text, start + 5, end))
      this.#type = text.slice(value, Math.min(end, value + MAX_DATA_UNITS))
      this.#hasSlice = true
    }
    return false
  }

  /** Reads the value of a `data` field, or the beginning of one. Returns whether it is captured. */
  #readData(text: string, start: number, end: number): boolean {
    const previous = this.#data
    if (previous === undefined) this.#hasSlice = true
    this.#data ??= text.slice(start, Math.min(end, start + MAX_DATA_UNITS))
    if (this.#shouldCapture === undefined || (previous === undefined && end - start <= MAX_DATA_UNITS))
      return false
    if (!this.#isDecided) {
      this.#isDecided = true
      if (!this.#shouldCapture(this.#type, this.#data)) return false
      this.#buffer = new ExcerptBuffer()
      if (previous !== undefined) this.#buffer.append(previous, 0, previous.length)
    }
    if (this.#buffer === undefined) return false
    if (previous !== undefined) this.#buffer.append('\n', 0, 1)
    this.#buffer.append(text, start, end)
    return true
  }

  #dispatch(): void {
    const data = this.#data
    if (data !== undefined) this.#onEvent(this.#type, data, this.#buffer?.take())
    this.#data = undefined
    this.#type = ''
    this.#isDecided = false
    this.#buffer = undefined
    this.#hasSlice = false
  }
}

/** Whether the line is the field `name`: the name alone, or before a colon. */
function isField(text: string, start: number, end: number, name: string): boolean {
  if (!text.startsWith(name, start)) return false
  const after = start + name.length
  return after === end || text.charCodeAt(after) === COLON
}

/** Returns where the value of a field begins whose name ends at `at`: one space after the colon does not belong to it. */
function valueStart(text: string, at: number, end: number): number {
  if (at >= end) return end
  return text.charCodeAt(at + 1) === SPACE ? at + 2 : at + 1
}

/** Removes the mark, as one character or as three bytes of UTF-8 that were decoded one by one. */
function withoutByteOrderMark(line: string): string {
  if (line.startsWith('\uFEFF')) return line.slice(1)
  return line.startsWith('\u00EF\u00BB\u00BF') ? line.slice(3) : line
}
