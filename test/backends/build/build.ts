import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cachedFile, isBuilt, recipeFolder } from './cache.ts'
import { fetchPackage } from './debian.ts'
import { fetchModules } from './go.ts'
import { withLock } from './lock.ts'
import type { PreparedBuild } from './prepared-build.ts'
import { type BackendName, RECIPES, type Recipe } from './recipe.ts'

/** A backend that can be started, or why it cannot. */
export interface Built {
  readonly name: BackendName
  readonly version: string
  readonly file: string
  readonly problem?: unknown
}

/**
 * Builds the backends that are not in the cache, one after another. Never throws. Only one process of a machine builds at a time.
 * @param log called with a line for each step
 */
export function build(names: readonly BackendName[], log: (line: string) => void): Promise<Built[]> {
  const isComplete = names.every((name) => isBuilt(RECIPES[name]))
  if (isComplete) return buildMissing(names, log)
  const lock = join(dirname(dirname(cachedFile(RECIPES.jaeger))), 'lock')
  return withLock(lock, () => buildMissing(names, log))
}

async function buildMissing(names: readonly BackendName[], log: (line: string) => void): Promise<Built[]> {
  const results = new Map<BackendName, Built>()
  const missing = names.filter((name) => !isBuilt(RECIPES[name]))
  let ahead = fetchSources(missing[0])
  for (const [index, name] of missing.entries()) {
    const { version, coldSeconds }: Recipe = RECIPES[name]
    log(`${name} ${version}: building, about ${coldSeconds} s when nothing is cached`)
    const started = performance.now()
    const fetched = await ahead
    // The sources of the next backend are downloaded while this one is compiled.
    ahead = fetchSources(missing[index + 1])
    const problem = await finish(RECIPES[name], fetched)
    if (problem === undefined)
      log(`${name} ${version}: built in ${Math.round((performance.now() - started) / 1000)} s`)
    else results.set(name, { name, version, file: '', problem })
  }
  return names.map((name) => {
    const { version } = RECIPES[name]
    return results.get(name) ?? { name, version, file: cachedFile(RECIPES[name]) }
  })
}

type Fetched = { readonly prepared: PreparedBuild } | { readonly problem: unknown }

async function fetchSources(name: BackendName | undefined): Promise<Fetched> {
  if (name === undefined) return { problem: 'nothing to fetch' }
  const recipe: Recipe = RECIPES[name]
  try {
    const fetching = recipe.kind === 'go' ? fetchModules(recipe, recipeFolder(recipe)) : fetchPackage(recipe)
    return { prepared: await fetching }
  } catch (problem) {
    return { problem }
  }
}

/** Compiles to a temporary file and moves it into the cache, so that the cache has complete files only. */
async function finish(recipe: Recipe, fetched: Fetched): Promise<unknown> {
  if ('problem' in fetched) return fetched.problem
  const file = cachedFile(recipe)
  const unfinished = `${file}.${process.pid}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await fetched.prepared.make(unfinished)
    await rename(unfinished, file)
    return undefined
  } catch (problem) {
    return problem
  } finally {
    await fetched.prepared.remove()
  }
}
