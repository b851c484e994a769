import { globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Removes the declarations that no entry point refers to.
 * @param dist folder with the declarations
 * @param entries the declarations of the entry points, relative to the folder
 * @param dependencies the packages that are installed with this one
 * @throws Error if a declaration refers to another package
 */
export function removeUnusedDeclarations(
  dist: string,
  entries: readonly string[],
  dependencies: readonly string[],
): void {
  const used = new Set(entries)
  for (const file of used) {
    const text = readFileSync(join(dist, file), 'utf8')
    for (const [, specifier = ''] of text.matchAll(/\b(?:from |import\()'([^']+)'/g)) {
      const isInstalled = specifier.startsWith('node:') || dependencies.includes(specifier)
      if (specifier.startsWith('.')) used.add(join(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')))
      else if (!isInstalled) throw new Error(`${file} refers to ${specifier}, which is no dependency`)
    }
  }
  for (const file of globSync('**/*.d.ts', { cwd: dist })) if (!used.has(file)) rmSync(join(dist, file))
}
