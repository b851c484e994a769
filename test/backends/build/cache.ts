/** The cache of built backends. A file is found by name, version and recipe, so a changed recipe causes a new build. */
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BUILD_FLAGS } from './go.ts'
import type { Recipe } from './recipe.ts'

/** Returns the folder with the files of a recipe. */
export function recipeFolder(recipe: Recipe): string {
  return fileURLToPath(new URL(`../recipes/${recipe.name}/`, import.meta.url))
}

/** Returns the path of a backend in the cache, built or not. */
export function cachedFile(recipe: Recipe): string {
  const root = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(
    root,
    'vr-otel',
    'backends',
    `${recipe.name}-${recipe.version}-${fingerprint(recipe)}`,
    recipe.name,
  )
}

/** Whether a backend is in the cache. */
export function isBuilt(recipe: Recipe): boolean {
  return existsSync(cachedFile(recipe))
}

function fingerprint(recipe: Recipe): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([recipe, BUILD_FLAGS, process.platform, process.arch]))
  const folder = recipeFolder(recipe)
  for (const name of globSync('**', { cwd: folder }).sort()) {
    if (statSync(join(folder, name)).isFile())
      hash.update(`${name}\0`).update(readFileSync(join(folder, name)))
  }
  return hash.digest('hex').slice(0, 8)
}
