import type { FrameExtensions } from '../../wire/frame-sink.ts'

/** What the bytes of a response to a handshake have shown. */
export type HandshakeAnswer =
  /** The connection is a WebSocket; `rest` are the bytes after the response. */
  | { readonly type: 'accepted'; readonly extensions: FrameExtensions; readonly rest: Uint8Array }
  /** Any other response; `status` is `undefined` if the bytes are not HTTP. */
  | { readonly type: 'other'; readonly status: number | undefined }

/** Size of response headers beyond which they are not read; Node's limit for requests is the same. */
const MAX_HEAD = 16_384

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})/

/** Length of the part of the status line that is read. */
const STATUS_LINE_LENGTH = 12

/** Reads the response to an HTTP/1 handshake from the bytes that the application writes, in any number of chunks. */
export class HandshakeResponse {
  readonly #isWebSocket: boolean
  /** One character a byte. */
  #head = ''

  /** @param isWebSocket whether the client asks for a WebSocket; otherwise a response with 101 is answered as `other` */
  constructor(isWebSocket: boolean) {
    this.#isWebSocket = isWebSocket
  }

  /**
   * Reads the next bytes.
   * @returns `undefined` while the response is incomplete; interim responses (1xx other than 101) are skipped
   */
  read(chunk: Buffer): HandshakeAnswer | undefined {
    /** Index in the head at which the chunk begins. */
    let begin = this.#head.length
    this.#head += chunk.toString('latin1', 0, MAX_HEAD)
    for (;;) {
      const head = this.#head
      if (head.length < STATUS_LINE_LENGTH) return mayBeHttp(head) ? undefined : NOT_HTTP
      const status = Number(STATUS_LINE.exec(head)?.[1] ?? Number.NaN)
      if (Number.isNaN(status)) return NOT_HTTP
      if (status >= 200 || (status === 101 && !this.#isWebSocket)) return { type: 'other', status }
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return head.length < MAX_HEAD ? undefined : { type: 'other', status }
      const next = end + 4
      if (status === 101) return switched(head.slice(0, next), chunk.subarray(next - begin))
      this.#head = head.slice(next)
      begin -= next
    }
  }
}

const NOT_HTTP: HandshakeAnswer = { type: 'other', status: undefined }

function mayBeHttp(head: string): boolean {
  return 'HTTP/1.'.startsWith(head.slice(0, 7))
}

/** A response without `Upgrade` breaks RFC 9110 section 7.8; then the protocol is the one that was asked for. */
function switched(head: string, rest: Uint8Array): HandshakeAnswer {
  const protocol = headerOf(head, 'upgrade')
  if (protocol !== undefined && !isWebSocketProtocol(protocol)) return { type: 'other', status: 101 }
  return { type: 'accepted', extensions: extensionsOf(headerOf(head, 'sec-websocket-extensions')), rest }
}

/** Returns the values of a header, joined by commas. */
function headerOf(head: string, name: string): string | undefined {
  const values = head.split('\r\n').flatMap((line) => {
    const colon = line.indexOf(':')
    return colon === name.length && line.slice(0, colon).toLowerCase() === name ? [line.slice(colon + 1)] : []
  })
  return values.length === 0 ? undefined : values.join(',')
}

/** Whether the value of an `Upgrade` header contains `websocket`. */
export function isWebSocketProtocol(upgrade: string | undefined): boolean {
  return upgrade?.split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket') === true
}

/** Returns the extensions in the value of a response header `Sec-WebSocket-Extensions`. */
export function extensionsOf(value: string | undefined): FrameExtensions {
  if (value === undefined || value.trim() === '') return 'none'
  const names = value.split(',').map((extension) => extension.split(';', 1)[0]?.trim().toLowerCase())
  return names.every((name) => name === 'permessage-deflate') ? 'deflate' : 'unknown'
}
