function returnTarget(target: object): object {
  return target
}

/**
 * Base class for state in private fields of an object of Node or of a library. The constructor of a subclass adds its fields
 * to the object that it is passed (ECMA-262 section 10.2.2); `#field in object` tests for them. They are invisible to the
 * application, and a `WeakMap` costs a hundred times as much.
 */
export const PrivateState = returnTarget as unknown as new (target: object) => object
