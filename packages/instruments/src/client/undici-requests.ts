import { guardVoid } from '../patching/guard.ts'
import { type Undo, undoAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { CallBodies } from './call-bodies.ts'

/** The methods of undici's class `Request` that it calls with each part of a body. Undici 8 has other names, and channels. */
interface RequestMethods {
  onBodySent?(chunk: unknown): unknown
  onData?(chunk: unknown): unknown
}

type Name = keyof RequestMethods

/**
 * Reads the bodies of undici's requests. Undici 7.11 and later publishes them on channels. Older versions, which include the
 * `fetch` of Node 22, do not: there the methods of the request's class are wrapped, when its first call is made.
 *
 * A version is recognised by what it does: when a channel publishes a part of a body that a wrapper has just read, the wrappers
 * of that version are removed.
 */
export class UndiciRequests {
  /** The classes of the copies of undici in the process, by prototype; those that publish have no wrappers. */
  readonly #wrappers = new Map<object, Undo>()
  readonly #onSent = guardVoid('undici:request:bodyChunkSent', (request: object, chunk: unknown) =>
    CallBodies.requestChunk(request, chunk),
  )
  readonly #onReceived = guardVoid('undici:request:bodyChunkReceived', (request: object, chunk: unknown) =>
    CallBodies.responseChunk(request, chunk),
  )

  /** Called with each call whose bodies are read, when it is created. */
  created(request: object): void {
    const prototype = Object.getPrototypeOf(request) as RequestMethods | null
    if (prototype === null || this.#wrappers.has(prototype)) return
    const undo = [
      this.#wrap(prototype, 'onBodySent', this.#onSent),
      this.#wrap(prototype, 'onData', this.#onReceived),
    ]
    this.#wrappers.set(prototype, () => undoAll(undo))
  }

  /** Called when a channel publishes a part of the request body. */
  bodyChunkSent(request: object, chunk: unknown): void {
    if (CallBodies.areRead(request) && !this.#wasWrapped(request, 'onBodySent'))
      CallBodies.requestChunk(request, chunk)
  }

  /** Called when a channel publishes a part of the response body. */
  bodyChunkReceived(request: object, chunk: unknown): void {
    if (CallBodies.areRead(request) && !this.#wasWrapped(request, 'onData'))
      CallBodies.responseChunk(request, chunk)
  }

  /** Removes all wrappers. */
  stop(): void {
    undoAll([...this.#wrappers.values()])
    this.#wrappers.clear()
  }

  #wrap(prototype: RequestMethods, name: Name, onChunk: (request: object, chunk: unknown) => void): Undo {
    if (typeof prototype[name] !== 'function') return () => {}
    return wrapMethod(
      prototype,
      name,
      (original, wrap) =>
        function onBody(this: object, ...args: unknown[]): unknown {
          if (!wrap.isUndone) onChunk(this, args[0])
          return original(this, args)
        },
    )
  }

  /** Returns whether a wrapper has read the part of a body that a channel publishes now. There will be no wrapper next time. */
  #wasWrapped(request: object, name: Name): boolean {
    const prototype = Object.getPrototypeOf(request) as RequestMethods
    const undo = this.#wrappers.get(prototype)
    if (undo === undefined || undo === PUBLISHES) return false
    this.#wrappers.set(prototype, PUBLISHES)
    undo()
    return typeof prototype[name] === 'function'
  }
}

/** Marks a version that publishes the bodies. */
const PUBLISHES: Undo = () => {}
