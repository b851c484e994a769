/** Calls the original method with `self` as `this`. */
export type Method = (self: unknown, args: unknown[]) => unknown

type Callable = (this: unknown, ...args: unknown[]) => unknown

/** The state of a wrapper. */
export interface Wrap {
  /**
   * Whether the wrapper was undone. It may stay in place after that, below the wrapper of another package. It must then
   * only call the original. Each wrapper reads this property itself, which saves a call and a frame in the application's
   * stack traces.
   */
  readonly isUndone: boolean
}

/**
 * Replaces a method of `target`, own or inherited, by the wrapper that `wrap` returns. An inherited method is looked up at
 * each call, since other code may wrap it later where it is defined (`node:domain` does so with `emit`). The wrapper has
 * the name and length of the original. It is enumerable if the original is own and enumerable, or if `target` is a prototype
 * that inherits an enumerable one: `for in` still finds the method. On another object it would be a new key in
 * `Object.keys`, so it is not enumerable there.
 * @returns restores the original. If other code has wrapped the method since, that wrapper stays, and the wrapper below
 *   it reads {@link Wrap.isUndone} as `true`.
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
    enumerable: own?.enumerable ?? (isPrototype(target) && isEnumerable(parent, name)),
    writable: true,
  })
  return () => {
    state.isUndone = true
    if ((target[name] as unknown) !== wrapper) return
    if (own === undefined) Reflect.deleteProperty(target, name)
    else Reflect.defineProperty(target, name, own)
  }
}

const isPrototype = (target: object): boolean => Object.hasOwn(target, 'constructor')

/** Whether a property, own or inherited, is enumerable. */
function isEnumerable(target: object | null, name: string): boolean {
  if (target === null) return false
  const property = Object.getOwnPropertyDescriptor(target, name)
  return property === undefined
    ? isEnumerable(Object.getPrototypeOf(target), name)
    : property.enumerable === true
}
