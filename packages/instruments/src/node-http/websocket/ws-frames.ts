import type { Duplex } from 'node:stream'
import { internalErrors } from '../../instruments/internal-errors.ts'
import type { DirectionObservation } from '../../observation/direction-observation.ts'
import { guardVoid } from '../../patching/guard.ts'
import { prototypeWith } from '../../patching/module-patch.ts'
import { PrivateState } from '../../patching/private-state.ts'
import type { Undo } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import { ConnectionHooks } from './connection-hooks.ts'

/** The members of a sender of `ws` that are used. */
interface Sender {
  readonly _socket: Duplex
}

/** The members of a WebSocket of `ws` whose frames are read. */
export interface FramedWebSocket {
  readonly _receiver?: object | null
  readonly _sender?: object | null
}

/** The connection of a receiver or sender of `ws`, in private fields of it. */
class FrameSource extends PrivateState {
  readonly #direction: DirectionObservation
  readonly #hooks: ConnectionHooks

  constructor(target: object, direction: DirectionObservation, hooks: ConnectionHooks) {
    super(target)
    this.#direction = direction
    this.#hooks = hooks
  }

  /** Called with a chunk that a receiver reads. Never throws. */
  static received(receiver: object, chunk: unknown): void {
    if (!(#direction in receiver)) return
    const source = receiver as FrameSource
    const isRead = chunk instanceof Uint8Array && source.#direction.readFrame(chunk, chunk.length, true)
    if (!isRead) source.#hooks.receivedAtLibrary(chunk)
  }

  /** Called with a frame that a sender writes: its header and its payload, or one part. Never throws. */
  static sent(sender: Sender, parts: readonly (Uint8Array | string)[]): void {
    if (!(#direction in sender)) return
    const source = sender as Sender & FrameSource
    try {
      if (source._socket.writableEnded || source._socket.destroyed) return
      const first = parts[0] as Uint8Array
      // Text that is not ASCII has more bytes, so that the length differs from that in the header.
      const size = parts.length === 1 ? first.length : first.length + (parts[1] as Uint8Array | string).length
      if (!source.#direction.readFrame(first, size, false)) source.#hooks.sentAtLibrary(parts)
    } catch (error) {
      internalErrors.report('websocket_frames', error)
    }
  }
}

/** Prototypes of `ws` whose frames are read. */
const patched = new WeakSet<object>()

function isPatched(source: object | null | undefined): source is object {
  return source != null && patched.has(Object.getPrototypeOf(source))
}

/** Patches the receiver: reads what arrives. */
export function patchReceiver(exports: unknown): Undo {
  const prototype = prototypeWith(exports, '_write')
  if (prototype === undefined) return () => {}
  patched.add(prototype)
  // Fixed parameters, and the original without a look-up, take less time for each message.
  const { _write: write } = prototype
  return wrapMethod(
    prototype,
    '_write',
    (_, wrap) =>
      function _write(this: object, chunk: unknown, encoding: unknown, done: unknown): unknown {
        if (!wrap.isUndone) FrameSource.received(this, chunk)
        return write.call(this, chunk, encoding, done)
      },
  )
}

/** Patches the sender: reads the frames that it writes. */
export function patchSender(exports: unknown): Undo {
  const prototype = prototypeWith(exports, 'sendFrame')
  if (prototype === undefined) return () => {}
  patched.add(prototype)
  const { sendFrame: send } = prototype
  return wrapMethod(
    prototype,
    'sendFrame',
    (_, wrap) =>
      function sendFrame(this: unknown, parts: unknown, done: unknown): unknown {
        if (!wrap.isUndone) FrameSource.sent(this as Sender, parts as readonly (Uint8Array | string)[])
        return send.call(this, parts, done)
      },
  )
}

/** Called when a WebSocket has its socket: its frames are read where its receiver and its sender pass them from now on. */
export const readFrames = guardVoid('websocket_frames', (webSocket: FramedWebSocket, socket: object) => {
  const { _receiver: receiver, _sender: sender } = webSocket
  if (!isPatched(receiver) || !isPatched(sender)) return
  const hooks = ConnectionHooks.of(socket)
  const frames = hooks?.readAtLibrary(socket as Duplex)
  if (hooks === undefined || frames === undefined) return
  if (frames.received !== undefined) new FrameSource(receiver, frames.received, hooks)
  new FrameSource(sender, frames.sent, hooks)
})
