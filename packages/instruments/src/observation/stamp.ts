/**
 * The base of classes that hang something on an object that is not theirs, in a private field: whoever made the object
 * sees nothing of it, in no listing of its properties, and neither a property that is defined nor a table beside it is
 * anywhere near as quick. Each such class is written out: code that is shared would lose that.
 */
export class Stamp {
  /** @param target what becomes `this` of a class that extends this one; it is stamped once by each */
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: it is what this class is for (ECMA-262 section 10.2.2).
    return target
  }
}
