import { connect, type Socket } from 'node:net'
import { type ContextTakeover, MessageDeflate } from './deflate.ts'
import { encodeFrame, FrameDecoder, OPCODES, type OutgoingFrame, type ReceivedFrame } from './frames.ts'

/** The number of messages in one direction, and the bytes of their payload before compression. */
export interface MessageCount {
  readonly messages: number
  readonly bytes: number
}

/** How a client asks for the upgrade, and how it behaves. */
export interface ClientOptions {
  readonly path: string
  /** More headers of the handshake; `undefined` removes a header. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Offers permessage-deflate and compresses its messages. */
  readonly deflate?: ContextTakeover
  /** Whether it answers pings and close frames; default: `true`. */
  readonly isResponsive?: boolean
}

/** The key is constant, so that the bytes of two runs can be compared. */
const HANDSHAKE = {
  Host: 'localhost',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** A WebSocket client on `node:net` that shares no code with a server library and can send anything. */
export class RawClient {
  readonly #socket: Socket
  readonly #decoder = new FrameDecoder()
  readonly #deflate: MessageDeflate | undefined
  #isResponsive: boolean
  readonly #chunks: Buffer[] = []
  readonly #waiting: (() => void)[] = []
  readonly #closed: Promise<unknown>
  readonly #messages: Buffer[] = []
  readonly #sent = { messages: 0, bytes: 0 }
  #fragments: Buffer[] = []
  #isCompressed = false
  #pongs = 0
  #pings = 0
  #closeCode: number | undefined
  #isEnded = false
  #hasSentClose = false
  #handled: Promise<void> = Promise.resolve()

  /** The status of the answer to the handshake; `undefined` if the server closed the connection without one. */
  status: number | undefined

  private constructor(socket: Socket, { deflate, isResponsive = true }: ClientOptions) {
    this.#socket = socket
    this.#deflate = deflate && new MessageDeflate(deflate)
    this.#isResponsive = isResponsive
    socket.on('error', () => {}) // a reset is one of the ends that are tested
    const closed = new Promise((resolve) => socket.once('close', resolve))
    this.#closed = closed.then(async () => {
      await this.#handled
      this.#isEnded = true
      this.#deflate?.close()
      this.#wake()
    })
  }

  /** Sends a handshake and waits for the answer. */
  static async connect(port: number, options: ClientOptions): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const client = new RawClient(socket, options)
    const offer = options.deflate && MessageDeflate.offer(options.deflate)
    const headers = { ...HANDSHAKE, 'Sec-WebSocket-Extensions': offer, ...options.headers }
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    )
    socket.write(`GET ${options.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    await client.#readHead()
    return client
  }

  /** Everything that the server has sent, the answer to the handshake included. */
  get transcript(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  /** What this client has sent by {@link text}, {@link binary} and {@link fragments}. */
  get sent(): MessageCount {
    return this.#sent
  }

  /** The messages that have arrived, without compression. */
  get messages(): readonly Buffer[] {
    return this.#messages
  }

  /** What this client has received. */
  get received(): MessageCount {
    return {
      messages: this.#messages.length,
      bytes: this.#messages.reduce((sum, { length }) => sum + length, 0),
    }
  }

  /** The code of the server's close frame, `1005` if it has none; `undefined` before the frame. */
  get closeCode(): number | undefined {
    return this.#closeCode
  }

  async text(message: string): Promise<void> {
    await this.#message(OPCODES.text, [Buffer.from(message)])
  }

  async binary(message: Buffer): Promise<void> {
    await this.#message(OPCODES.binary, [message])
  }

  /** Sends one text message in fragments, with a control frame after the first. */
  async fragments(parts: readonly string[], inside: OutgoingFrame): Promise<void> {
    const pieces = parts.map((part) => Buffer.from(part))
    await this.#message(OPCODES.text, pieces, inside)
  }

  /** Sends a frame that is not counted in {@link sent}. */
  frame(frame: OutgoingFrame): void {
    this.#socket.write(encodeFrame(frame))
  }

  /** Sends bytes and waits until Node has handed them to the operating system. */
  async raw(bytes: Uint8Array): Promise<void> {
    await new Promise((resolve) => this.#socket.write(bytes, resolve))
  }

  /** Resolves when a close frame or the answer to a ping has arrived, or the connection has ended. */
  async untilAnswered(pongs: number): Promise<void> {
    while (!this.#isEnded && this.#closeCode === undefined && this.#pongs < pongs) await this.#nextFrame()
  }

  /** Sends nothing more, and resolves when the server has closed the connection too. */
  async end(): Promise<void> {
    this.#isResponsive = false
    this.#socket.end()
    await this.#closed
  }

  /** Sends a close frame, without a code by default. */
  close(code?: number, reason = ''): void {
    const payload = Buffer.alloc(code === undefined ? 0 : 2 + Buffer.byteLength(reason))
    if (code !== undefined) {
      payload.writeUInt16BE(code)
      payload.write(reason, 2)
    }
    this.#hasSentClose = true
    this.frame({ opcode: OPCODES.close, payload })
  }

  /** Closes the connection without a close frame. */
  kill(how: 'reset' | 'end'): void {
    if (how === 'reset') this.#socket.resetAndDestroy()
    else this.#socket.end()
  }

  /** Resolves when this many messages, pings, and answers to pings have arrived; fails if the connection ends first. */
  async until({ messages = 0, pongs = 0, pings = 0 }): Promise<void> {
    const isThere = (): boolean =>
      this.#messages.length >= messages && this.#pongs >= pongs && this.#pings >= pings
    while (!isThere()) {
      if (this.#isEnded) throw new Error(`ended after ${this.#messages.length} of ${messages} messages`)
      await this.#nextFrame()
    }
  }

  /** Resolves when the connection is closed. */
  async closed(): Promise<void> {
    await this.#closed
  }

  async #message(opcode: number, parts: readonly Buffer[], inside?: OutgoingFrame): Promise<void> {
    this.#sent.messages++
    for (const { length } of parts) this.#sent.bytes += length
    const whole = await this.#deflate?.compress(Buffer.concat(parts))
    const pieces = whole === undefined ? parts : split(whole, parts.length)
    for (const [i, payload] of pieces.entries()) {
      this.frame({
        opcode: i === 0 ? opcode : OPCODES.continuation,
        payload,
        fin: i === pieces.length - 1,
        reserved: i === 0 && whole !== undefined ? 4 : 0,
      })
      if (i === 0 && inside !== undefined) this.frame(inside)
    }
  }

  async #readHead(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    let head: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      this.#chunks.push(chunk)
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return
      this.#socket.off('data', onData)
      this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head.toString('latin1'))?.[1])
      this.#socket.on('data', (more: Buffer) => {
        this.#chunks.push(more)
        this.#onData(more)
      })
      if (this.status === 101) this.#onData(head.subarray(end + 4))
      resolve()
    }
    this.#socket.on('data', onData)
    await Promise.race([promise, this.#closed])
  }

  #onData(chunk: Buffer): void {
    if (this.status !== 101) return
    const frames = this.#decoder.decode(chunk)
    this.#handled = this.#handled.then(async () => {
      for (const frame of frames) await this.#onFrame(frame)
      this.#wake()
    })
  }

  async #onFrame({ opcode, payload, fin, isCompressed }: ReceivedFrame): Promise<void> {
    if (opcode === OPCODES.ping) {
      this.#pings++
      if (this.#isResponsive) this.frame({ opcode: OPCODES.pong, payload })
    } else if (opcode === OPCODES.pong) this.#pongs++
    else if (opcode === OPCODES.close) {
      if (this.#isResponsive && !this.#hasSentClose) this.frame({ opcode: OPCODES.close, payload })
      if (this.#isResponsive) this.#socket.end()
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE() : 1005
    } else {
      if (opcode !== OPCODES.continuation) this.#isCompressed = isCompressed
      this.#fragments.push(payload)
      if (!fin) return
      const whole = Buffer.concat(this.#fragments)
      this.#fragments = []
      this.#messages.push(this.#isCompressed ? ((await this.#deflate?.decompress(whole)) ?? whole) : whole)
    }
  }

  #nextFrame(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

function split(bytes: Buffer, count: number): Buffer[] {
  const size = Math.ceil(bytes.length / count)
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}
