import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Removes the declarations that no entry point refers to.
 * @param dist folder with the declarations
 * @param entries the declarations of the entry points, relative to the folder
 */
export function removeUnusedDeclarations(dist: string, entries: readonly string[]): void {
  const used = new Set(entries)
  for (const file of used) {
    const text = readFileSync(join(dist, file), 'utf8')
    for (const [, specifier = ''] of text.matchAll(/\b(?:from |import\()'(\.[^']+)\.[jt]s'/g))
      used.add(join(dirname(file), `${specifier}.d.ts`))
  }
  for (const file of globSync('**/*.d.ts', { cwd: dist })) if (!used.has(file)) rmSync(join(dist, file))
}
