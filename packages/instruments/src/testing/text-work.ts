/** Counts the units of text that a function reads, instead of the time that it takes. */

type Method = (this: unknown, ...args: unknown[]) => unknown

/** Prototypes and their methods that read text, with the units that a call reads, by its text, arguments and result. */
const READING: readonly [
  object,
  string,
  (text: string, args: readonly unknown[], result: unknown) => number,
][] = [
  [String.prototype, 'charCodeAt', () => 1],
  [String.prototype, 'startsWith', (_text, [part]) => String(part).length],
  [String.prototype, 'endsWith', (_text, [part]) => String(part).length],
  [String.prototype, 'indexOf', (text, [, from], found) => unitsTo(Number(found), text, from)],
  [String.prototype, 'includes', (text, [, from]) => unitsTo(-1, text, from)],
  [String.prototype, 'lastIndexOf', (text) => text.length],
  [RegExp.prototype, 'test', (_text, [text]) => String(text).length],
  [RegExp.prototype, 'exec', (_text, [text]) => String(text).length],
  [JSON, 'parse', (_text, [text]) => String(text).length],
  [JSON, 'stringify', (_text, [text]) => String(text).length],
]

function unitsTo(found: number, text: string, from: unknown): number {
  return (found < 0 ? text.length : found + 1) - (Number(from) || 0)
}

/** Returns how many units of text `run` reads by methods of strings and regular expressions and by JSON. */
export function unitsRead(run: () => void): number {
  let units = 0
  const undo = READING.map(([owner, name, unitsOf]) => {
    const original = Reflect.get(owner, name) as Method
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      const result = Reflect.apply(original, this, args)
      units += unitsOf(this as string, args, result)
      return result
    }
    Reflect.set(owner, name, counting)
    return () => Reflect.set(owner, name, original)
  })
  try {
    run()
  } finally {
    for (const each of undo) each()
  }
  return units
}
