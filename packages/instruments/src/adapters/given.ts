/**
 * Gives what it is given, so that a class that extends it puts its private fields there (ECMA-262 section 10.2.2). Nobody
 * sees a private field, and a table beside the objects costs a hundred times as much.
 */
export class Given {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: a private field goes on what the base returns, and nowhere else.
    return target
  }
}
