import net, { type Socket } from 'node:net'
import { closeFrame, type FrameFields, frame } from './websocket-frames.ts'

const MASK = [0x12, 0x34, 0x56, 0x78]

/** Response that accepts a WebSocket handshake. */
export const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

/** Returns a WebSocket handshake, without `Sec-WebSocket-Key`, which only libraries check. */
export function handshake(path = '/ws', protocol = 'websocket'): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`
}

/** Encodes a frame of a client. */
export function clientFrame(fields: FrameFields): Buffer {
  return frame({ ...fields, mask: MASK })
}

/** Encodes a close frame of a client. */
export function clientClose(code: number | undefined): Buffer {
  return closeFrame(code, MASK)
}

/** A client of raw bytes, which stays open until it is closed by one of the sides. */
export class RawClient {
  /** The connection; its side stays open after the server has ended its own. */
  readonly socket: Socket
  /** Everything received, one character a byte. */
  text = ''
  #onData = (): void => {}

  /** Connects and sends the first bytes. */
  constructor(port: number, first: string | Uint8Array) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.socket.write(first)
    this.socket.on('error', () => {})
    this.socket.on('data', (data) => {
      this.text += data.toString('latin1')
      this.#onData()
    })
  }

  /** Resolves when the text received so far contains a text. */
  async received(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      await new Promise<void>((resolve) => {
        this.#onData = resolve
      })
    }
  }

  /** Resolves when the connection has closed. */
  async closed(): Promise<void> {
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve))
  }
}
