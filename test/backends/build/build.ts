import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cachedFile, isBuilt, recipeFolder } from './cache.ts'
import { fetchPackage } from './debian.ts'
import { fetchModules } from './go.ts'
import type { Ingredients } from './ingredients.ts'
import { withLock } from './lock.ts'
import { type BackendName, RECIPES, type Recipe } from './recipe.ts'

/** A backend that can be started, or why it cannot. */
export interface Built {
  readonly name: BackendName
  readonly version: string
  readonly file: string
  readonly problem?: unknown
}

/**
 * Brings backends into the cache, one after another, where they are not; never throws. Waits for another process that
 * does the same.
 * @param tell called with a line for each step
 */
export function build(names: readonly BackendName[], tell: (line: string) => void): Promise<Built[]> {
  const isComplete = names.every((name) => isBuilt(RECIPES[name]))
  if (isComplete) return buildInTurn(names, tell)
  const lock = join(dirname(dirname(cachedFile(RECIPES.jaeger))), 'lock')
  return withLock(lock, () => buildInTurn(names, tell))
}

async function buildInTurn(names: readonly BackendName[], tell: (line: string) => void): Promise<Built[]> {
  const results = new Map<BackendName, Built>()
  const missing = names.filter((name) => !isBuilt(RECIPES[name]))
  let ahead = fetchOne(missing[0])
  for (const [index, name] of missing.entries()) {
    const { version, coldSeconds }: Recipe = RECIPES[name]
    tell(`${name} ${version}: building, about ${coldSeconds} s when nothing is cached`)
    const started = performance.now()
    const fetched = await ahead
    // While one is compiled, what the next is made of is fetched.
    ahead = fetchOne(missing[index + 1])
    const problem = await finish(RECIPES[name], fetched)
    if (problem === undefined)
      tell(`${name} ${version}: built in ${Math.round((performance.now() - started) / 1000)} s`)
    else results.set(name, { name, version, file: '', problem })
  }
  return names.map((name) => {
    const { version } = RECIPES[name]
    return results.get(name) ?? { name, version, file: cachedFile(RECIPES[name]) }
  })
}

type Fetched = { readonly ingredients: Ingredients } | { readonly problem: unknown }

async function fetchOne(name: BackendName | undefined): Promise<Fetched> {
  if (name === undefined) return { problem: 'nothing to fetch' }
  const recipe: Recipe = RECIPES[name]
  try {
    const fetching = recipe.kind === 'go' ? fetchModules(recipe, recipeFolder(recipe)) : fetchPackage(recipe)
    return { ingredients: await fetching }
  } catch (problem) {
    return { problem }
  }
}

/** Makes the program under a name of its own and moves it into its place whole. */
async function finish(recipe: Recipe, fetched: Fetched): Promise<unknown> {
  if ('problem' in fetched) return fetched.problem
  const file = cachedFile(recipe)
  const unfinished = `${file}.${process.pid}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await fetched.ingredients.make(unfinished)
    await rename(unfinished, file)
    return undefined
  } catch (problem) {
    return problem
  } finally {
    await fetched.ingredients.remove()
  }
}
