/** A method as it is found: called with whatever it was called with before. */
export type Method = (this: unknown, ...args: unknown[]) => unknown

/**
 * Replaces a method of `target`, own or inherited, by what `wrap` makes of it.
 * The wrapper keeps the name and the length of the original, and is not enumerable where that was not.
 * @returns puts the original back, unless somebody else has wrapped the method since: then theirs stays in place
 */
export function wrapMethod<Target extends object>(
  target: Target,
  name: keyof Target & string,
  wrap: (original: Method) => (this: Target, ...args: unknown[]) => unknown,
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name)
  const original = target[name] as Method
  const wrapper = wrap(own === undefined ? inherited(target, name) : original)
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

/** A method that is inherited, as it is at each call: somebody may wrap it where it is defined (`node:domain` does). */
function inherited<Target extends object>(target: Target, name: keyof Target & string): Method {
  const parent = Object.getPrototypeOf(target) as Target
  return function (this: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: passed on like this they need no array, of which an event costs several.
    return Reflect.apply(parent[name] as Method, this, arguments)
  }
}
