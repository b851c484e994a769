/** A method as it was, to be called on `self` with the arguments of a call of what replaces it. */
export type Method = (self: unknown, args: unknown[]) => unknown

type Callable = (this: unknown, ...args: unknown[]) => unknown

/** The state of a wrap, as its wrapper sees it. */
export interface Wrap {
  /**
   * Whether the wrap has been undone. A wrapper that somebody else has wrapped since stays in place then: it has to call
   * the original and to do nothing else. Each wrapper asks for it by itself, which saves a call and a frame in the stack
   * traces of the application.
   */
  readonly isUndone: boolean
}

/**
 * Replaces a method of `target`, own or inherited, by what `wrap` makes of it. An inherited one is looked up at each call:
 * somebody may wrap it later, where it is defined (`node:domain` does so with `emit`).
 * The wrapper keeps the name and the length of the original, and is not enumerable where that was not.
 * @returns puts the original back; where somebody else has wrapped the method since, theirs stays in place, and the wrapper
 *   below it sees that it {@link Wrap.isUndone}
 */
export function wrapMethod<Target extends object>(
  target: Target,
  name: keyof Target & string,
  wrap: (original: Method, wrap: Wrap) => (this: Target, ...args: unknown[]) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name)
  const original = target[name] as Callable
  const parent = Object.getPrototypeOf(target)
  const state = { isUndone: false }
  const wrapper = wrap(
    own === undefined
      ? (self, args) => Reflect.apply(parent[name], self, args)
      : (self, args) => Reflect.apply(original, self, args),
    state,
  )
  Object.defineProperty(wrapper, 'name', { value: original.name, configurable: true })
  Object.defineProperty(wrapper, 'length', { value: original.length, configurable: true })
  Object.defineProperty(target, name, {
    value: wrapper,
    configurable: true,
    enumerable: own?.enumerable ?? false,
    writable: true,
  })
  return () => {
    state.isUndone = true
    if ((target[name] as unknown) !== wrapper) return
    if (own === undefined) Reflect.deleteProperty(target, name)
    else Reflect.defineProperty(target, name, own)
  }
}
