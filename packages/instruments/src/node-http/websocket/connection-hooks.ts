import type { Duplex } from 'node:stream'
import { internalErrors } from '../../instruments/internal-errors.ts'
import type { DirectionObservation } from '../../observation/direction-observation.ts'
import type { TerminationCause } from '../../observation/outcome.ts'
import type { SocketObservation } from '../../observation/socket-observation.ts'
import type { WebSocketObservation } from '../../observation/websocket-observation.ts'
import type { Undo } from '../../patching/undo.ts'
import type { EventContext } from '../event-context.ts'
import { encodingOf, readSent } from './frame-hooks.ts'
import { DirectWrites, isNetSocket, observeEnd } from './net-socket.ts'
import {
  hooksOf,
  type MethodHooks,
  type Methods,
  methodsOf,
  unwrapMethod,
  wrapMethods,
} from './shared-methods.ts'

/** What is particular to a connection over HTTP/1 or HTTP/2. */
export interface ConnectionOptions {
  readonly observation: SocketObservation
  /** Runs the listeners of the connection in the context of the handshake; `undefined`: they keep their context. */
  readonly events: EventContext | undefined
  /** Called with what is written until the handshake is accepted. */
  readonly onAnswer: (chunk: unknown, encoding: unknown) => void
  /** Returns why the connection closed, given whether the application ended its side before the client. */
  readonly causeOf: (hasServerEnded: boolean) => TerminationCause
}

/** The directions of a connection that a library reads. */
export interface LibraryFrames {
  /** `undefined` if it is read from the socket. */
  readonly received: DirectionObservation | undefined
  readonly sent: DirectionObservation
}

/**
 * Observes what a connection receives and sends, its idle time and its end, by wrappers of its methods. `push` is called by
 * Node with everything that arrives, however the application reads it (`data`, `read`, `pipe`, `for await`). A listener in
 * place of the wrapper of `emit` could be counted by the application.
 */
export class ConnectionHooks implements MethodHooks {
  /** The methods of the connection without the wrappers. */
  readonly methods: Methods
  /** `undefined` if frames are not read, but only the end of the connection is observed. */
  #received: DirectionObservation | undefined
  /** `undefined` until the handshake is accepted. */
  #sent: DirectionObservation | undefined
  readonly #events: EventContext | undefined
  #isIdle = false
  #isReleased = false
  /** Whether the application ended its side while the client had not. */
  #isEndedFirst = false
  /** `undefined` unless a library passes the frames that it sends. */
  #directWrites: DirectWrites | undefined
  readonly #webSocket: WebSocketObservation | undefined
  readonly #options: ConnectionOptions
  readonly #undo: Undo

  /** @param socket the connection; over HTTP/2, its stream */
  constructor(socket: Duplex, options: ConnectionOptions) {
    this.#options = options
    this.#events = options.events
    this.#webSocket = options.observation.webSocket
    this.#received = this.#webSocket?.received
    this.methods = methodsOf(socket)
    this.#undo = wrapMethods(socket, this)
  }

  /** Returns the hooks of a connection. */
  static of(socket: object): ConnectionHooks | undefined {
    const hooks = hooksOf(socket)
    return hooks instanceof ConnectionHooks ? hooks : undefined
  }

  /** Called when neither frames nor an answer can follow: removes all wrappers except that of `emit`. */
  release(): void {
    this.#isReleased = true
    this.#received = undefined
    this.#sent = undefined
    this.#undo()
  }

  /** Called with what has arrived, before the application receives it. Never throws. */
  received(chunk: unknown, encoding: unknown): void {
    if (this.#received !== undefined) this.#read(this.#received, chunk, encoding)
  }

  #read(received: DirectionObservation, chunk: unknown, encoding: unknown): void {
    try {
      // Only a stream of the application pushes text, as the connection of a server.
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : chunk
      if (!(bytes instanceof Uint8Array)) return
      if (this.#isIdle) this.#setIdle(false)
      received.read(bytes)
    } catch (error) {
      internalErrors.report('websocket_frames', error)
    }
  }

  /**
   * Removes the wrappers that each message calls, since a library passes the frames from now on. The wrappers of 1,000 sockets
   * are called more slowly than one of the library, and each frame is written in two parts. With a trace, what arrives is still
   * read from the socket, whose listeners run in the context of the turn that it may begin.
   * @returns what to pass; `undefined` if the socket has to be read as before
   */
  readAtLibrary(socket: Duplex): LibraryFrames | undefined {
    const webSocket = this.#webSocket
    const isReadable = webSocket?.isOpen === true && this.#received !== undefined && isNetSocket(socket)
    if (!isReadable || this.#directWrites !== undefined || socket.readableEncoding !== null) return undefined
    this.#directWrites = new DirectWrites(socket, webSocket.sent)
    unwrapMethod(socket, this, 'write')
    if (this.#events !== undefined) return { received: undefined, sent: webSocket.sent }
    this.#received = undefined
    unwrapMethod(socket, this, 'push')
    if (unwrapMethod(socket, this, 'emit'))
      observeEnd(
        socket,
        () => this.#setIdle(true),
        () => this.#closed(socket),
      )
    webSocket.received.expectRepeated(socket.readableLength)
    return { received: webSocket.received, sent: webSocket.sent }
  }

  /** Called by a library with what it receives and `readFrame` does not read. Never throws. */
  receivedAtLibrary(chunk: unknown): void {
    if (this.#webSocket !== undefined) this.#read(this.#webSocket.received, chunk, undefined)
  }

  /** Called by a library with the parts of a frame that it sends and `readFrame` does not read. Never throws. */
  sentAtLibrary(parts: readonly unknown[]): void {
    if (this.#webSocket === undefined) return
    try {
      for (const part of parts) readSent(this.#webSocket.sent, part, undefined)
    } catch (error) {
      internalErrors.report('websocket_frames', error)
    }
  }

  /** Called with the arguments of `end`, before the data is written. Never throws. */
  ending(socket: Duplex, chunk: unknown, encoding: unknown): void {
    if (!socket.readableEnded) this.#isEndedFirst = true
    this.#write(socket, chunk, encoding)
  }

  /** Called with the arguments of `write`, before the data is written. Never throws. */
  sent(socket: Duplex, chunk: unknown, encoding: unknown): void {
    if (this.#directWrites === undefined) this.#write(socket, chunk, encoding)
  }

  #write(socket: Duplex, chunk: unknown, encoding: unknown): void {
    if (this.#isReleased || socket.writableEnded || socket.destroyed) return
    try {
      const known =
        typeof chunk === 'string' && typeof encoding !== 'string' ? defaultEncodingOf(socket) : encoding
      if (this.#sent !== undefined) readSent(this.#sent, chunk, known)
      else this.#answer(chunk, known)
    } catch (error) {
      internalErrors.report('websocket_frames', error)
    }
  }

  #answer(chunk: unknown, encoding: unknown): void {
    // Over HTTP/2, the handshake is accepted by headers.
    if (this.#webSocket?.isOpen === true) readSent(this.#webSocket.sent, chunk, encoding)
    else this.#options.onAnswer(chunk, encoding)
    if (this.#webSocket?.isOpen === true && !this.#isReleased) this.#sent = this.#webSocket.sent
  }

  /** The two events that are observed also without a trace come once, or rarely. */
  observes(event: unknown): boolean {
    return this.#events !== undefined || event === 'timeout' || event === 'close'
  }

  /** Emits an event, in the context of the handshake if it is traced. */
  emit(socket: Duplex, args: unknown[]): unknown {
    const { methods } = this
    const events = this.#events
    const event = args[0]
    if (event === 'timeout') this.#setIdle(true)
    try {
      if (events === undefined) return Reflect.apply(methods.emit, socket, args)
      return events.emit(socket, (self, all) => Reflect.apply(methods.emit, self, all), args)
    } finally {
      // Also if a listener throws, since the process may continue (`uncaughtException`).
      if (event === 'close') this.#closed(socket)
    }
  }

  #setIdle(isIdle: boolean): void {
    this.#isIdle = isIdle
    if (isIdle) {
      this.#webSocket?.received.readNext()
      this.#webSocket?.idle()
    } else this.#webSocket?.active()
  }

  #closed(socket: Duplex): void {
    try {
      if (this.#directWrites?.hasAny === true) this.#webSocket?.onUnread()
      const hasServerEnded = this.#isEndedFirst && socket.readableEnded
      this.#options.observation.closed(this.#options.causeOf(hasServerEnded))
    } catch (error) {
      internalErrors.report('upgrade_end', error)
    }
  }
}

/** The encoding that the application has set with `setDefaultEncoding`. */
function defaultEncodingOf(socket: Duplex): unknown {
  return (socket as { readonly _writableState?: { readonly defaultEncoding?: unknown } })._writableState
    ?.defaultEncoding
}
