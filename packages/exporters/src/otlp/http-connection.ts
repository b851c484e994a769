import type { Socket } from 'node:net'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'

/** What waits for the response to a request. */
interface PendingRequest {
  readonly reader: HttpResponseReader
  readonly resolve: (response: HttpResponse) => void
  readonly reject: (error: Error) => void
}

/** A connection was closed before anything came in answer to a request, by a server that may not have read it. */
export class StaleConnectionError extends Error {
  constructor() {
    super('the connection was closed before an answer')
  }
}

/**
 * A connection of HTTP/1.1, for one request after another. It is made of a socket, and not by `node:http`: requests and
 * responses of a client are of the same classes as those of the application's servers, with other hidden classes. A
 * handful of exports in the life of a process would keep what Node does for every request of the application from being
 * compiled for the one sort of objects that it sees, which costs more than all the rest of tracing at a low ratio.
 */
export class HttpConnection {
  readonly #socket: Socket
  #pending: PendingRequest | undefined
  #requests = 0
  #failure: Error | undefined

  /** @param onClose told when the connection can be used no more */
  constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket
    socket.on('data', (data: Buffer) => this.#read(data))
    socket.on('end', () => this.#ended())
    socket.on('error', (error) => {
      this.#failure ??= error
    })
    socket.on('close', () => {
      onClose()
      this.#ended()
    })
  }

  /** Whether it is idle, and as far as is known alive. */
  get isUsable(): boolean {
    return this.#pending === undefined && !this.#socket.destroyed && this.#socket.writable
  }

  /**
   * Sends a request; only while it is usable.
   * @param head the request line and the headers, with an empty line at the end
   * @returns the response; rejects if none comes, with a {@link StaleConnectionError} if the same request should be sent
   *   once more over another connection
   */
  request(head: string, body: Uint8Array): Promise<HttpResponse> {
    this.#requests++
    return new Promise((resolve, reject) => {
      this.#pending = { reader: new HttpResponseReader(), resolve, reject }
      this.#socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body])) // one packet where it fits
    })
  }

  /** Cuts the connection; a request that waits is rejected with the reason. */
  destroy(reason: Error): void {
    this.#failure ??= reason
    this.#socket.destroy()
    this.#ended()
  }

  /** Waits no longer: a response whose head is there says enough, what else comes is not read. */
  timeOut(reason: Error): void {
    const response = this.#pending?.reader.end()
    if (response === undefined) this.destroy(reason)
    else this.#respond(response)
  }

  #read(data: Buffer): void {
    try {
      if (this.#pending === undefined) throw new Error('Parse Error: an answer that nobody asked for')
      const response = this.#pending.reader.push(data)
      if (response !== undefined) this.#respond(response)
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  #respond(response: HttpResponse): void {
    const { resolve } = this.#pending as PendingRequest
    this.#pending = undefined
    // A server that answers before it has all of the request means to close the connection.
    if (!response.keepsAlive || this.#socket.writableLength > 0) this.#socket.destroy()
    resolve(response)
  }

  /** Nothing more will come. */
  #ended(): void {
    const waiting = this.#pending
    if (waiting === undefined) return
    const failure = this.#failure as NodeJS.ErrnoException | undefined
    const isCut = failure === undefined || failure.code === 'ECONNRESET' || failure.code === 'EPIPE'
    const response = isCut ? waiting.reader.end() : undefined
    if (response !== undefined) {
      this.#respond(response)
      return
    }
    this.#pending = undefined
    this.#socket.destroy()
    const isStale = isCut && this.#requests > 1 && !waiting.reader.hasBegun
    waiting.reject(isStale ? new StaleConnectionError() : (failure ?? new Error('socket hang up')))
  }
}
