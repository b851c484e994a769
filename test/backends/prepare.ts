/**
 * Builds the backends of `run.ts` at the lowest priority, in the background of other checks. `--all`: the slow ones too.
 * Exit code 1 if a build failed. Backends that this machine cannot build are printed and skipped.
 */
import { build } from './build/build.ts'
import { messageOf, Unavailable } from './build/prepared-build.ts'
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
