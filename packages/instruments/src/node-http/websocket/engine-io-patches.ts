import { observationOf } from '../../observation/observation-registry.ts'
import { guardVoid } from '../../patching/guard.ts'
import { createFilePatch, type ModulePatch, prototypeWith, withImpact } from '../../patching/module-patch.ts'
import { PrivateState } from '../../patching/private-state.ts'
import { undoAll } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'

/** The options of `attach` that are used. */
interface AttachOptions {
  readonly path?: unknown
  readonly addTrailingSlash?: unknown
}

/** The paths that an engine is attached to, in a private field of the engine. */
class AttachedEngine extends PrivateState {
  readonly #paths: string[] = []

  static add(engine: object, path: string): void {
    if (!(#paths in engine)) new AttachedEngine(engine)
    ;(engine as AttachedEngine).#paths.push(path)
  }

  /** Returns the path that a request target begins with, the last one attached first. */
  static pathOf(engine: object, target: string): string | undefined {
    if (!(#paths in engine)) return undefined
    return (engine as AttachedEngine).#paths.findLast((path) => target.startsWith(path))
  }
}

/** Returns the path that an engine compares with the beginning of request targets. */
function pathOf({ path, addTrailingSlash }: AttachOptions): string {
  const name = (typeof path === 'string' && path !== '' ? path : '/engine.io').replace(/\/$/, '')
  return addTrailingSlash === false ? name : `${name}/`
}

/** Patches the server: sets the path that it is attached to as the route of the handshakes that it takes. */
function patchServer(exports: unknown): () => void {
  const { Server } = (exports ?? {}) as { readonly Server?: unknown }
  const prototype = prototypeWith(Server, 'attach', 'handleUpgrade')
  if (prototype === undefined) return () => {}
  const onAttach = guardVoid('websocket_route', (engine: object, options: AttachOptions | undefined) =>
    AttachedEngine.add(engine, pathOf(options ?? {})),
  )
  const onUpgrade = guardVoid('websocket_route', (engine: object, request: { readonly url?: string }) => {
    const observation = observationOf(request)
    const path = AttachedEngine.pathOf(engine, request.url ?? '')
    if (observation?.kind === 'socket' && path !== undefined) observation.setServerPath(path)
  })
  const undo = [
    wrapMethod(
      prototype,
      'attach',
      (original, wrap) =>
        function attach(this: object, ...args: unknown[]): unknown {
          if (!wrap.isUndone) onAttach(this, args[1] as AttachOptions | undefined)
          return original(this, args)
        },
    ),
    wrapMethod(
      prototype,
      'handleUpgrade',
      (original, wrap) =>
        function handleUpgrade(this: object, ...args: unknown[]): unknown {
          if (!wrap.isUndone) onUpgrade(this, args[0] as { readonly url?: string })
          return original(this, args)
        },
    ),
  ]
  return () => undoAll(undo)
}

/** Patch of the npm package `engine.io` 6, the server below socket.io 4: its path as the route of its handshakes. */
export const ENGINE_IO_PATCHES: readonly ModulePatch[] = withImpact(
  [createFilePatch('engine.io', 'build/server.js', patchServer)],
  {
    effect: 'its WebSocket handshakes may have route="unmatched"',
    remedy: 'The version may not be supported: use engine.io 6, or call setRoute(request, template)',
  },
)
