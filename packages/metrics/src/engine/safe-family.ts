import type { Family } from './family.ts'

/** Characters of markup, which a UI for metrics may render: CVE-2026-40179 and CVE-2026-44903 of Prometheus. */
const UNSAFE = /[<>"]/

/** Labels whose values a UI for metrics shows as names of series. */
const BOUNDS = ['le', 'quantile']

/** Returns whether the names of a family, of its labels, and its bounds contain no markup. */
export function isSafeFamily({ name, unit, points }: Family): boolean {
  if (UNSAFE.test(name) || UNSAFE.test(unit)) return false
  for (const { labels } of points) {
    for (const label in labels) if (UNSAFE.test(label)) return false
    for (const bound of BOUNDS)
      if (Object.hasOwn(labels, bound) && UNSAFE.test(labels[bound] as string)) return false
  }
  return true
}
