const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const SPECIAL = /^(?:([+-]?)inf(?:inity)?|nan)$/i

/** Returns the number that a text of an exposition represents, or `undefined`. */
export function readNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text)
  const special = SPECIAL.exec(text)
  if (special === null) return undefined
  if (special[1] === undefined) return Number.NaN
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
