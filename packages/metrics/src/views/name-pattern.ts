/**
 * Returns a regular expression for a view's instrument name pattern: `*` matches any number of characters, `?` exactly
 * one (specification metrics/sdk.md "Instrument selection criteria"). Case-insensitive, as instrument names are
 * (metrics/api.md).
 */
export function namePattern(pattern: string): RegExp {
  // Merges adjacent `*`: `.*.*` would need quadratic time on a name that does not match.
  const source = pattern
    .replaceAll(/\*+/g, '*')
    .replaceAll(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'is')
}

/** Whether the pattern can match more than one name. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?')
}
