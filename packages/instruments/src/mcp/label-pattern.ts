/** Labels by pattern, as in `VR_MCP_SERVER_LABELS`. */
export type ServerLabelPatterns = Readonly<Record<string, string>>

/** Returns the label of the first pattern that matches a command line or URL. */
export function labelByPattern(patterns: ServerLabelPatterns, text: string): string | undefined {
  return Object.entries(patterns).find(([pattern]) => matchesPattern(pattern, text))?.[1]
}

/**
 * Whether a pattern matches the whole text; `*` matches any characters. Takes at most the product of both lengths, while a
 * regular expression could take exponential time.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let [at, star, retryAt] = [0, -1, 0]
  for (let read = 0; read < text.length; ) {
    if (pattern[at] === '*') {
      star = at++
      retryAt = read
    } else if (at < pattern.length && pattern[at] === text[read]) {
      at++
      read++
    } else if (star >= 0) {
      at = star + 1
      read = ++retryAt
    } else {
      return false
    }
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
