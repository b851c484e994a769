const SLASH = 47

const ABSOLUTE = /^https?:\/\/[^/?#]+\/?/i

/**
 * Returns a function that tests whether the path of a request target is one of `paths` or below one of them. It runs for
 * every request: the second character of the target decides in most cases.
 */
export function pathMatcher(paths: readonly string[]): (target: string | undefined) => boolean {
  const bases = paths.map((path) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path))
  const bySecond = Map.groupBy(bases, (base) => base.charCodeAt(1))
  const hasRoot = bases.includes('/')
  const matches = (target: string | undefined): boolean => {
    if (target === undefined) return false
    if (target.charCodeAt(0) !== SLASH) return isAbsolute(target) && matches(originForm(target))
    if (hasRoot && isAtOrBelow(target, '/')) return true
    return bySecond.get(target.charCodeAt(1))?.some((base) => isAtOrBelow(target, base)) === true
  }
  return matches
}

function isAtOrBelow(target: string, base: string): boolean {
  if (!target.startsWith(base)) return false
  const next = target[base.length]
  return next === undefined || next === '/' || next === '?' || next === '#'
}

/** Whether a request target is in absolute form, which clients send to proxies (RFC 9112 section 3.2.2). */
function isAbsolute(target: string): boolean {
  return ABSOLUTE.test(target)
}

function originForm(target: string): string {
  return target.replace(ABSOLUTE, '/')
}

/** Returns whether the path of a request target equals `path`. */
export function isPath(target: string | undefined, path: string): boolean {
  if (target === undefined) return false
  if (target.charCodeAt(0) !== SLASH) return isAbsolute(target) && isPath(originForm(target), path)
  if (!target.startsWith(path)) return false
  return target.length === path.length || target[path.length] === '?'
}
