import type { Duplex } from 'node:stream'
import { observationOf } from '../../observation/observation-registry.ts'
import type { SocketObservation } from '../../observation/socket-observation.ts'
import { guard, guardVoid } from '../../patching/guard.ts'
import { createFilePatch, type ModulePatch, prototypeWith, withImpact } from '../../patching/module-patch.ts'
import { PrivateState } from '../../patching/private-state.ts'
import { undoAll } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'
import { resumeRequestContext } from '../../request-context/current-request.ts'
import { readPayload } from './frame-hooks.ts'
import { type FramedWebSocket, patchReceiver, patchSender, readFrames } from './ws-frames.ts'

/** The members of a server of `ws` that are used. */
interface WebSocketServer {
  readonly options?: { readonly path?: unknown }
}

/** The members of a WebSocket of `ws` that are used. */
interface WebSocket extends FramedWebSocket {
  readonly _extensions?: Readonly<Record<string, object | undefined>>
}

type OnPayload = (this: unknown, error: unknown, payload: unknown) => void

/** Patches the server: sets the path that it is configured for as the route of the handshakes that it takes. */
function patchServer(exports: unknown): () => void {
  const prototype = prototypeWith(exports, 'shouldHandle')
  if (prototype === undefined) return () => {}
  const onHandle = guardVoid('websocket_route', ({ options }: WebSocketServer, request: object) => {
    const observation = observationOf(request)
    const path = options?.path
    if (observation?.kind === 'socket' && typeof path === 'string' && path !== '')
      observation.setServerPath(path)
  })
  return wrapMethod(
    prototype,
    'shouldHandle',
    (original, wrap) =>
      function shouldHandle(this: unknown, ...args: unknown[]): unknown {
        const isHandled = original(this, args)
        if (isHandled === true && !wrap.isUndone) onHandle(this as WebSocketServer, args[0] as object)
        return isHandled
      },
  )
}

/** The connection that the compression of a WebSocket belongs to, in a private field of the compression. */
class CompressedSocket extends PrivateState {
  readonly #observation: SocketObservation

  constructor(compression: object, observation: SocketObservation) {
    super(compression)
    this.#observation = observation
  }

  static of(compression: object): SocketObservation | undefined {
    return #observation in compression ? (compression as CompressedSocket).#observation : undefined
  }
}

/** Patches the WebSocket: finds the compression that the handshake agreed on, and what passes its frames. */
function patchWebSocket(exports: unknown): () => void {
  const prototype = prototypeWith(exports, 'setSocket')
  if (prototype === undefined) return () => {}
  const onSocket = guardVoid('websocket_compression', (webSocket: WebSocket, socket: Duplex) => {
    const compression = webSocket._extensions?.['permessage-deflate']
    const observation = compression === undefined ? undefined : observationOf(socket)
    if (compression === undefined || observation?.kind !== 'socket') return
    if (CompressedSocket.of(compression) === undefined) new CompressedSocket(compression, observation)
    observation.webSocket?.received.expectPayload()
    observation.webSocket?.sent.expectPayload()
  })
  return wrapMethod(
    prototype,
    'setSocket',
    (original, wrap) =>
      function setSocket(this: unknown, ...args: unknown[]): unknown {
        if (!wrap.isUndone) onSocket(this as WebSocket, args[0] as Duplex)
        const result = original(this, args)
        if (!wrap.isUndone) readFrames(this as WebSocket, args[0] as Duplex)
        return result
      },
  )
}

/** Patches the compression: reports the payload of messages without compression. */
function patchCompression(exports: unknown): () => void {
  const prototype = prototypeWith(exports, 'compress', 'decompress')
  if (prototype === undefined) return () => {}
  const socketOf = guard('websocket_compression', CompressedSocket.of, undefined)
  const report = guardVoid('websocket_compression', reportPayload)
  const undo = [
    wrapMethod(
      prototype,
      'compress',
      (original, wrap) =>
        function compress(this: object, ...args: unknown[]): unknown {
          const observation = wrap.isUndone ? undefined : socketOf(this)
          if (observation !== undefined) report(observation, 'sent', args[0], args[1])
          return original(this, args)
        },
    ),
    wrapMethod(
      prototype,
      'decompress',
      (original, wrap) =>
        function decompress(this: object, ...args: unknown[]): unknown {
          const observation = wrap.isUndone ? undefined : socketOf(this)
          const [data, isFinal, done] = args as [unknown, unknown, OnPayload]
          if (observation === undefined || typeof done !== 'function') return original(this, args)
          const onPayload: OnPayload = function (error, payload) {
            if (!error) report(observation, 'received', payload, isFinal)
            if (!observation.hasTrace) done.call(this, error, payload)
            // Inflation ends in the context in which the first message began it.
            else resumeRequestContext(observation, () => done.call(this, error, payload))
          }
          return original(this, [data, isFinal, onPayload])
        },
    ),
  ]
  return () => undoAll(undo)
}

function reportPayload(
  { webSocket }: SocketObservation,
  direction: 'received' | 'sent',
  payload: unknown,
  isFinal: unknown,
): void {
  if (webSocket === undefined) return
  const isText = typeof payload === 'string' || Buffer.isBuffer(payload)
  if (isText && webSocket.wantsText) readPayload(webSocket[direction], payload)
  const length =
    typeof payload === 'string'
      ? Buffer.byteLength(payload)
      : ((payload as { readonly byteLength?: number }).byteLength ?? 0)
  webSocket[direction].payload(length, isFinal === true)
}

/**
 * Patches of the npm package `ws`, 7.x and 8.x: the path of a server as the route of its handshakes, and the payload of
 * compressed messages. Frames are read where its receiver and its sender pass them, everything else from its socket.
 */
export const WS_PATCHES: readonly ModulePatch[] = [
  ...withImpact([createFilePatch('ws', 'lib/websocket-server.js', patchServer)], {
    effect: 'its handshakes may have route="unmatched"',
    remedy: 'The version may not be supported: use ws 7 or 8, or call setRoute(request, template)',
  }),
  ...withImpact(
    [
      createFilePatch('ws', 'lib/receiver.js', patchReceiver),
      createFilePatch('ws', 'lib/sender.js', patchSender),
    ],
    {
      effect: 'its messages take more CPU time',
      remedy: 'The version may not be supported: use ws 7 or 8',
    },
  ),
  ...withImpact(
    [
      createFilePatch('ws', 'lib/websocket.js', patchWebSocket),
      createFilePatch('ws', 'lib/permessage-deflate.js', patchCompression),
    ],
    {
      effect: 'compressed messages are counted in part (vr_otel_websocket_unread_total)',
      remedy: 'The version may not be supported: use ws 7 or 8, or disable perMessageDeflate',
    },
  ),
]
