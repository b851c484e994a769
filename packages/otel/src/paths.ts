/**
 * Whether the path of a request target is one of `paths`, or below one of them. Asked for every request: most targets are
 * told by their second character.
 */
export function pathMatcher(paths: readonly string[]): (target: string | undefined) => boolean {
  const bases = paths.map((path) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path))
  const bySecond = Map.groupBy(bases, (base) => base.charCodeAt(1))
  const hasRoot = bases.includes('/')
  return (target) => {
    if (target === undefined) return false
    if (hasRoot && isAtOrBelow(target, '/')) return true
    return bySecond.get(target.charCodeAt(1))?.some((base) => isAtOrBelow(target, base)) === true
  }
}

function isAtOrBelow(target: string, base: string): boolean {
  if (!target.startsWith(base)) return false
  const next = target[base.length]
  return next === undefined || next === '/' || next === '?' || next === '#'
}

/** Whether the path of a request target is just `path`. */
export function isPath(target: string | undefined, path: string): boolean {
  if (target === undefined || !target.startsWith(path)) return false
  return target.length === path.length || target[path.length] === '?'
}
