/**
 * Builds the backends that `run.ts` asks, at the lowest priority: to be started in the background while other checks
 * run. `--all`: the slow ones too. Exit code 1 if a build failed; what this machine cannot build is said and skipped.
 */
import { build } from './build/build.ts'
import { messageOf, Unavailable } from './build/ingredients.ts'
import { ALWAYS, type BackendName, RECIPES } from './build/recipe.ts'

const names = process.argv.includes('--all') ? (Object.keys(RECIPES) as BackendName[]) : ALWAYS

for (const { name, version, file, problem } of await build(names, console.log)) {
  if (problem === undefined) console.log(`${name} ${version}: ${file}`)
  else {
    const isUnavailable = problem instanceof Unavailable
    console.log(`${name} ${version}: ${isUnavailable ? 'skipped' : 'FAILED'}: ${messageOf(problem)}`)
    if (!isUnavailable) process.exitCode = 1
  }
}
