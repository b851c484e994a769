/**
 * Replaces a property of `target` by accessors.
 * @returns restores the property, unless other code has replaced the accessors since
 */
export function replaceProperty(target: object, name: string, descriptor: PropertyDescriptor): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name)
  Object.defineProperty(target, name, { configurable: true, ...descriptor })
  return () => {
    const present = Object.getOwnPropertyDescriptor(target, name)
    if (present?.get !== descriptor.get || present?.set !== descriptor.set) return
    if (own === undefined) Reflect.deleteProperty(target, name)
    else Reflect.defineProperty(target, name, own)
  }
}
