/**
 * What matches a view's pattern, in which every `*` stands for any number of characters and every `?` for
 * exactly one (specification metrics/sdk.md "Instrument selection criteria"). Instrument names are case-insensitive
 * (metrics/api.md), so the match is, too.
 */
export function namePattern(pattern: string): RegExp {
  // `.*.*` would need quadratic time on a name that does not match: runs of `*` are one.
  const source = pattern
    .replaceAll(/\*+/g, '*')
    .replaceAll(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'is')
}

/** Whether the pattern may select more than one instrument. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?')
}
