/**
 * The candidate that is nearest to a mistyped word, if one is near enough to be meant.
 * @param most edits that are allowed; default: a fifth of the word's length, at least 2
 */
export function closestName(
  word: string,
  candidates: readonly string[],
  most = Math.max(2, Math.floor(word.length / 5)),
): string | undefined {
  let best: string | undefined
  let least = most + 1
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate)
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return best
}

/** Insertions, deletions and substitutions from `a` to `b` (Levenshtein), in rows of Wagner and Fischer's table. */
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
