import type { Duplex } from 'node:stream'
import { PrivateState } from '../../patching/private-state.ts'
import { type Undo, undoAll } from '../../patching/undo.ts'
import { wrapMethod } from '../../patching/wrap-method.ts'

type Callable = (this: unknown, ...args: unknown[]) => unknown

const NAMES = ['push', 'write', 'end', 'emit'] as const

/** The methods that are wrapped, as they are without the wrappers. */
export type Methods = Readonly<Record<(typeof NAMES)[number], Callable>>

/** Called by the wrappers of one socket. */
export interface MethodHooks {
  readonly methods: Methods
  /** Called before `push`. Never throws. */
  received(chunk: unknown, encoding: unknown): void
  /** Called before `write`. Never throws. */
  sent(socket: Duplex, chunk: unknown, encoding: unknown): void
  /** Called before `end`. Never throws. */
  ending(socket: Duplex, chunk: unknown, encoding: unknown): void
  /** Whether {@link MethodHooks.emit} is called for an event; otherwise it is emitted without. Never throws. */
  observes(event: unknown): boolean
  /** Called in place of `emit`, which it has to call. */
  emit(socket: Duplex, args: unknown[]): unknown
}

/** The hooks of a connection, in a private field of its socket. */
class HookedSocket extends PrivateState {
  readonly #hooks: MethodHooks

  constructor(socket: Duplex, hooks: MethodHooks) {
    super(socket)
    this.#hooks = hooks
  }

  static hooksOf(socket: object): MethodHooks | undefined {
    return #hooks in socket ? (socket as HookedSocket).#hooks : undefined
  }
}

/** Returns the hooks of a socket; `undefined` if it has none. */
export function hooksOf(socket: object): MethodHooks | undefined {
  return HookedSocket.hooksOf(socket)
}

type Wrapper = (original: Callable) => Callable

/**
 * The wrapper of each method. All sockets share the wrappers: a closure for each of 1,000 sockets takes 1,000 ns a message more,
 * since its memory is not in the processor's cache. `original` is called for an object without hooks, such as one that
 * inherits from the socket.
 */
const WRAPPERS: Readonly<Record<keyof Methods, Wrapper>> = {
  push: (original) =>
    function push(this: unknown, ...args: unknown[]): unknown {
      const hooks = HookedSocket.hooksOf(this as Duplex)
      if (hooks === undefined) return Reflect.apply(original, this, args)
      hooks.received(args[0], args[1])
      return Reflect.apply(hooks.methods.push, this, args)
    },
  write: (original) =>
    function write(this: unknown, ...args: unknown[]): unknown {
      const hooks = HookedSocket.hooksOf(this as Duplex)
      if (hooks === undefined) return Reflect.apply(original, this, args)
      hooks.sent(this as Duplex, args[0], args[1])
      return Reflect.apply(hooks.methods.write, this, args)
    },
  end: (original) =>
    function end(this: unknown, ...args: unknown[]): unknown {
      const hooks = HookedSocket.hooksOf(this as Duplex)
      if (hooks === undefined) return Reflect.apply(original, this, args)
      hooks.ending(this as Duplex, args[0], args[1])
      return Reflect.apply(hooks.methods.end, this, args)
    },
  emit: (original) =>
    function emit(this: unknown, ...args: unknown[]): unknown {
      const hooks = HookedSocket.hooksOf(this as Duplex)
      if (hooks === undefined) return Reflect.apply(original, this, args)
      if (!hooks.observes(args[0])) return Reflect.apply(hooks.methods.emit, this, args)
      return hooks.emit(this as Duplex, args)
    },
}

/** Wrappers by the method that they wrap: a few for each class of sockets. */
const wrappers: Readonly<Record<keyof Methods, WeakMap<Callable, Callable>>> = {
  push: new WeakMap(),
  write: new WeakMap(),
  end: new WeakMap(),
  emit: new WeakMap(),
}

/** Returns the wrapper of a method, with the name and length of the method. */
function wrapperOf(name: keyof Methods, original: Callable): Callable {
  let wrapper = wrappers[name].get(original)
  if (wrapper === undefined) {
    wrapper = WRAPPERS[name](original)
    Object.defineProperty(wrapper, 'name', { value: original.name, configurable: true })
    Object.defineProperty(wrapper, 'length', { value: original.length, configurable: true })
    wrappers[name].set(original, wrapper)
  }
  return wrapper
}

/** The methods that a socket has itself. */
type OwnMethods = ReadonlyMap<keyof Methods, PropertyDescriptor>

function ownMethods(socket: Duplex): OwnMethods {
  const all = NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(socket, name)] as const)
  return new Map(all.flatMap(([name, own]) => (own === undefined ? [] : [[name, own] as const])))
}

/** Returns the methods of a socket. Inherited methods stay inherited: other code may wrap them later where they are defined. */
export function methodsOf(socket: Duplex): Methods {
  const own = ownMethods(socket)
  const prototype = Object.getPrototypeOf(socket) as Methods
  return own.size === 0 ? prototype : (Object.create(prototype, Object.fromEntries(own)) as Methods)
}

/**
 * Wraps the methods of a socket.
 * @returns restores all but `emit`. If other code has wrapped a method since, its wrapper stays
 */
export function wrapMethods(socket: Duplex, hooks: MethodHooks): Undo {
  if (HookedSocket.hooksOf(socket) !== undefined) return wrapAgain(socket, hooks)
  const own = ownMethods(socket)
  new HookedSocket(socket, hooks)
  const undo = NAMES.map((name) => [name, installWrapper(socket, name, own.get(name))] as const)
  return () => {
    for (const [name, restore] of undo) if (name !== 'emit') restore()
  }
}

/**
 * Replaces the wrapper of a method by the method, unless other code has wrapped it since: then the wrapper stays below. The
 * property stays too, since V8 takes much longer for each property of an object of which one was deleted.
 * @returns whether it was replaced
 */
export function unwrapMethod(socket: Duplex, hooks: MethodHooks, name: keyof Methods): boolean {
  const methods = socket as unknown as Record<keyof Methods, Callable>
  const original = hooks.methods[name]
  if (methods[name] !== wrapperOf(name, original)) return false
  methods[name] = original
  return true
}

/**
 * Wraps the methods of a socket that has the hooks of an earlier handshake: an application may pass the socket of a rejected one
 * back to its server. The wrappers are not shared, and call those of the earlier handshake.
 */
function wrapAgain(socket: Duplex, hooks: MethodHooks): Undo {
  const undo = NAMES.map((name) => {
    const restore = wrapMethod(
      socket,
      name,
      (original, wrap) =>
        function method(this: Duplex, ...args: unknown[]): unknown {
          if (wrap.isUndone) return original(this, args)
          if (name === 'emit') return hooks.observes(args[0]) ? hooks.emit(this, args) : original(this, args)
          if (name === 'push') hooks.received(args[0], args[1])
          else if (name === 'end') hooks.ending(this, args[0], args[1])
          else hooks.sent(this, args[0], args[1])
          return original(this, args)
        },
    )
    return name === 'emit' ? () => {} : restore
  })
  return () => undoAll(undo)
}

function installWrapper(socket: Duplex, name: keyof Methods, own: PropertyDescriptor | undefined): Undo {
  const methods = socket as unknown as Methods
  const wrapper = wrapperOf(name, methods[name])
  Object.defineProperty(socket, name, {
    value: wrapper,
    configurable: true,
    enumerable: own?.enumerable ?? false,
    writable: true,
  })
  return () => {
    if (methods[name] !== wrapper) return
    if (own === undefined) Reflect.deleteProperty(socket, name)
    else Reflect.defineProperty(socket, name, own)
  }
}
