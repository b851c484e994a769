import type { Socket } from 'node:net'
import { type HttpResponse, HttpResponseReader } from './http-response.ts'

/** A request that waits for its response. */
interface PendingRequest {
  readonly reader: HttpResponseReader
  readonly resolve: (response: HttpResponse) => void
  readonly reject: (error: Error) => void
}

/**
 * The server closed the connection before it sent any part of a response. It may not have read the request.
 */
export class StaleConnectionError extends Error {
  constructor() {
    super('the connection was closed before a response')
  }
}

/**
 * An HTTP/1.1 connection for consecutive requests, on a plain socket. See
 * docs/decisions/own-otlp-transports.md for the reasons against `node:http`.
 */
export class HttpConnection {
  readonly #socket: Socket
  #pending: PendingRequest | undefined
  #requests = 0
  #failure: Error | undefined

  /** @param onClose called when the connection has closed */
  constructor(socket: Socket, onClose: () => void) {
    this.#socket = socket
    socket.on('data', (data: Buffer) => this.#read(data))
    socket.on('end', () => this.#onEnd())
    socket.on('error', (error) => {
      this.#failure ??= error
    })
    socket.on('close', () => {
      onClose()
      this.#onEnd()
    })
  }

  /** Whether the connection is idle and, as far as known, open. */
  get isUsable(): boolean {
    return this.#pending === undefined && !this.#socket.destroyed && this.#socket.writable
  }

  /**
   * Sends a request. Only allowed while `isUsable`.
   * @param head the request line and headers, with the empty line at the end
   * @returns the response; rejects without one, with a {@link StaleConnectionError} if the request should be
   *   sent again on another connection
   */
  request(head: string, body: Uint8Array): Promise<HttpResponse> {
    this.#requests++
    return new Promise((resolve, reject) => {
      this.#pending = { reader: new HttpResponseReader(), resolve, reject }
      this.#socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body])) // one packet if it fits
    })
  }

  /** Closes the connection; a pending request is rejected with `reason`. */
  destroy(reason: Error): void {
    this.#failure ??= reason
    this.#socket.destroy()
    this.#onEnd()
  }

  /**
   * Called at the deadline of a request. A response whose head has arrived is sufficient; its body is not
   * awaited.
   */
  timeOut(reason: Error): void {
    const response = this.#pending?.reader.end()
    if (response === undefined) this.destroy(reason)
    else this.#respond(response)
  }

  #read(data: Buffer): void {
    try {
      if (this.#pending === undefined) throw new Error('Parse Error: a response without a request')
      const response = this.#pending.reader.push(data)
      if (response !== undefined) this.#respond(response)
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  #respond(response: HttpResponse): void {
    const { resolve } = this.#pending as PendingRequest
    this.#pending = undefined
    // A server that responds before it has read the whole request is about to close the connection.
    if (!response.keepsAlive || this.#socket.writableLength > 0) this.#socket.destroy()
    resolve(response)
  }

  /** Called when no more data will arrive. */
  #onEnd(): void {
    const pending = this.#pending
    if (pending === undefined) return
    const failure = this.#failure as NodeJS.ErrnoException | undefined
    const isAborted = failure === undefined || failure.code === 'ECONNRESET' || failure.code === 'EPIPE'
    const response = isAborted ? pending.reader.end() : undefined
    if (response !== undefined) {
      this.#respond(response)
      return
    }
    this.#pending = undefined
    this.#socket.destroy()
    const isStale = isAborted && this.#requests > 1 && !pending.reader.hasBegun
    pending.reject(isStale ? new StaleConnectionError() : (failure ?? new Error('socket hang up')))
  }
}
