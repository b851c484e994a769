import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { DirectionObservation } from '../../observation/direction-observation.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'

/** A TCP or TLS socket, with the methods of `node:net` that are wrapped. */
export interface NetSocket extends Socket {
  /** Called when the socket was idle for the time of `setTimeout`. */
  _onTimeout(): void
}

/** Whether a connection is a socket of `node:net` or `node:tls`. */
export function isNetSocket(socket: Duplex): socket is NetSocket {
  const { bytesWritten, _onTimeout } = socket as Partial<NetSocket>
  return typeof bytesWritten === 'number' && typeof _onTimeout === 'function'
}

/** Finds out whether the application writes to the socket of a library, by the bytes that Node and the library have written. */
export class DirectWrites {
  readonly #socket: Socket
  readonly #sent: DirectionObservation
  readonly #others: number

  /** @param sent reads what the library writes from now on */
  constructor(socket: Socket, sent: DirectionObservation) {
    this.#socket = socket
    this.#sent = sent
    this.#others = socket.bytesWritten - sent.bytesRead
  }

  /** Whether there were bytes that are not read. Some of those that are read may never be written. */
  get hasAny(): boolean {
    return this.#socket.bytesWritten - this.#sent.bytesRead > this.#others
  }
}

/** Observes the idle limit and the end of a socket without a wrapper that is called for what it receives. */
export function observeEnd(socket: NetSocket, onTimeout: () => void, onClose: () => void): void {
  let isWrapped = false
  for (const name of ['_destroy', '_onTimeout'] as const) {
    wrapMethod(
      socket,
      name,
      (original) =>
        function method(this: NetSocket, ...args: unknown[]): unknown {
          if (!isWrapped) wrapEmit(socket, onTimeout, onClose)
          isWrapped = true
          return original(this, args)
        },
    )
  }
}

function wrapEmit(socket: NetSocket, onTimeout: () => void, onClose: () => void): void {
  wrapMethod(
    socket,
    'emit',
    (original) =>
      function emit(this: NetSocket, ...args: unknown[]): unknown {
        if (args[0] === 'timeout') onTimeout()
        try {
          return original(this, args)
        } finally {
          if (args[0] === 'close') onClose()
        }
      },
  )
}
