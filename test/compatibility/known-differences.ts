import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const DOCUMENT = join(import.meta.dirname, '../../docs/compatibility.md')

/** A row of the table of known differences: a test whose result the flag changes, and why. */
interface KnownDifference {
  readonly suite: string
  /** Name of the test, or its beginning followed by `*`. */
  readonly test: string
  readonly reason: string
}

/** Reads the table of known differences in `docs/compatibility.md`. */
function knownDifferences(): KnownDifference[] {
  const [, table = ''] = readFileSync(DOCUMENT, 'utf8').split('## Known differences')
  return [...table.matchAll(/^\| ([^|]+) \| `([^`]+)` \| ([^|]+) \|$/gm)].map(([, suite, test, reason]) => ({
    suite: suite as string,
    test: test as string,
    reason: reason as string,
  }))
}

/** Returns the documented reason for a difference; `undefined` if there is none. */
export function knownReason(suite: string, test: string): string | undefined {
  return knownDifferences().find(
    (row) =>
      row.suite === suite &&
      (row.test.endsWith('*') ? test.startsWith(row.test.slice(0, -1)) : row.test === test),
  )?.reason
}
