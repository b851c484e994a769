import net from 'node:net'

/** Options of a {@link Scraper}. */
export interface ScraperOptions {
  /** Local address of the client, such as `127.0.0.2`. */
  readonly from?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A client on its own socket that reads a response only as far as the test allows. */
export class Scraper {
  readonly socket: net.Socket
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>
  #received = 0
  #allowed = 0
  #text = ''
  #changed = Promise.withResolvers<void>()

  constructor(port: number, { from = '127.0.0.1', path = '/metrics', headers = {} }: ScraperOptions = {}) {
    this.socket = net.connect({ port, host: '127.0.0.1', localAddress: from })
    const lines = Object.entries({ Host: 'x', Connection: 'close', ...headers })
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`)
    this.socket.on('error', () => {})
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.closed = new Promise((resolve) =>
      this.socket.once('close', () => {
        this.#changed.resolve()
        resolve()
      }),
    )
    this.socket.pause()
  }

  /** Bytes received so far, including the head. */
  get received(): number {
    return this.#received
  }

  /** The first bytes of the response, with the status line. */
  get text(): string {
    return this.#text
  }

  /** Reads `bytes` more bytes, or the rest of the connection if it is shorter, then stops reading. */
  async take(bytes: number): Promise<void> {
    this.#allowed = this.#received + bytes
    this.socket.resume()
    while (this.#received < this.#allowed && !this.socket.destroyed) {
      this.#changed = Promise.withResolvers()
      await this.#changed.promise
    }
  }

  /** Reads to the end of the connection, and returns the status. */
  async rest(): Promise<number> {
    this.#allowed = Number.POSITIVE_INFINITY
    this.socket.resume()
    await this.closed
    return this.status
  }

  /** Whether the body has the length of the `Content-Length` header. */
  get isWhole(): boolean {
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(this.#text)?.[1] ?? Number.NaN)
    return this.#received === this.#text.indexOf('\r\n\r\n') + 4 + length
  }

  /** Value of the gauge `number` in the response, which identifies the collection. */
  get number(): number {
    return Number(/\nnumber (\d+)/.exec(this.#text)?.[1])
  }

  /** Status of the response; 0 before it arrives. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.#text)?.[1] ?? 0)
  }

  #receive(chunk: Buffer): void {
    if (this.#received < 2000) this.#text += chunk.toString('latin1', 0, 2000)
    this.#received += chunk.length
    if (this.#received >= this.#allowed) this.socket.pause()
    this.#changed.resolve()
  }
}

/** Reads all responses; returns the number of clients by outcome: the status, or for 200 `whole` or `truncated`. */
export async function outcomesOf(clients: readonly Scraper[]): Promise<Record<string, number>> {
  const outcomes = await Promise.all(
    clients.map(async (client) => {
      const status = await client.rest()
      return status === 200 ? (client.isWhole ? 'whole' : 'truncated') : `${status}`
    }),
  )
  const groups = Object.entries(Object.groupBy(outcomes, (outcome) => outcome))
  return Object.fromEntries(groups.map(([outcome, all = []]) => [outcome, all.length]))
}
