/**
 * Returns the candidate that is closest to a misspelled name; `undefined` if none is close enough.
 * @param maxEdits default: a fifth of the name's length, at least 2
 */
export function closestName(
  name: string,
  candidates: readonly string[],
  maxEdits = Math.max(2, Math.floor(name.length / 5)),
): string | undefined {
  let closest: string | undefined
  let least = maxEdits + 1
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate)
    if (distance < least) {
      closest = candidate
      least = distance
    }
  }
  return closest
}

/** Returns the Levenshtein distance from `a` to `b` (Wagner-Fischer algorithm, row by row). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
