/** A method as it was, to be called on `self` with the arguments of a call of what replaces it. */
export type Method = (self: unknown, args: unknown[]) => unknown

type Callable = (this: unknown, ...args: unknown[]) => unknown

/**
 * Replaces a method of `target`, own or inherited, by what `wrap` makes of it. An inherited one is looked up at each call:
 * somebody may wrap it later, where it is defined (`node:domain` does so with `emit`).
 * The wrapper keeps the name and the length of the original, and is not enumerable where that was not.
 * @returns puts the original back, unless somebody else has wrapped the method since: then theirs stays in place
 */
export function wrapMethod<Target extends object>(
  target: Target,
  name: keyof Target & string,
  wrap: (original: Method) => (this: Target, ...args: unknown[]) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name)
  const original = target[name] as Callable
  const parent = Object.getPrototypeOf(target)
  const wrapper = wrap(
    own === undefined
      ? (self, args) => Reflect.apply(parent[name], self, args)
      : (self, args) => Reflect.apply(original, self, args),
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
    if ((target[name] as unknown) !== wrapper) return
    if (own === undefined) Reflect.deleteProperty(target, name)
    else Object.defineProperty(target, name, own)
  }
}
