import net from 'node:net'

/** How a {@link Scraper} asks. */
export interface ScraperOptions {
  /** The address of this machine that it comes from, such as `127.0.0.2`. */
  readonly from?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A client on a socket of its own that reads an answer only as far as it is told to. */
export class Scraper {
  readonly socket: net.Socket
  /** Settles when the connection has ended, however it did. */
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

  /** Bytes received until now, the head included. */
  get received(): number {
    return this.#received
  }

  /** The beginning of what was received: the status line, for one. */
  get text(): string {
    return this.#text
  }

  /** Reads `bytes` more, or as many as come before the connection ends; then it stops reading. */
  async take(bytes: number): Promise<void> {
    this.#allowed = this.#received + bytes
    this.socket.resume()
    while (this.#received < this.#allowed && !this.socket.destroyed) {
      this.#changed = Promise.withResolvers()
      await this.#changed.promise
    }
  }

  /** Reads to the end of the connection, and gives the status of the answer. */
  async rest(): Promise<number> {
    this.#allowed = Number.POSITIVE_INFINITY
    this.socket.resume()
    await this.closed
    return this.status
  }

  /** Whether all has come that the head says. */
  get isWhole(): boolean {
    const length = Number(/\r\nContent-Length: (\d+)/i.exec(this.#text)?.[1] ?? Number.NaN)
    return this.#received === this.#text.indexOf('\r\n\r\n') + 4 + length
  }

  /** The value of the gauge `number` in the answer: which collection it is of. */
  get number(): number {
    return Number(/\nnumber (\d+)/.exec(this.#text)?.[1])
  }

  /** The status of the answer; 0 while none has come. */
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

/** How many of some clients had which status once they have read all; and of those with 200, whether it was all. */
export async function outcomesOf(clients: readonly Scraper[]): Promise<Record<string, number>> {
  const outcomes = await Promise.all(
    clients.map(async (client) => {
      const status = await client.rest()
      return status === 200 ? (client.isWhole ? 'whole' : 'cut') : `${status}`
    }),
  )
  const groups = Object.entries(Object.groupBy(outcomes, (outcome) => outcome))
  return Object.fromEntries(groups.map(([outcome, all = []]) => [outcome, all.length]))
}
