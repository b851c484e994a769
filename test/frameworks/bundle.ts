import { join } from 'node:path'
import { runWell } from '../packed/program.ts'
import type { ModuleSystem } from './entry-file.ts'

/** Defines `require` in a bundled ES module, for the calls that esbuild does not replace, such as of Node's modules. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);"

/** Bundles a program and its imports into one file and returns its name. */
export async function bundle(folder: string, file: string, system: ModuleSystem): Promise<string> {
  const out = `bundled-${file}`
  const banner = system === 'esm' ? [`--banner:js=${REQUIRE}`] : []
  const args = ['--bundle', '--platform=node', `--format=${system}`, `--outfile=${out}`, ...banner]
  await runWell(join(folder, 'node_modules/.bin/esbuild'), [file, ...args], { cwd: folder })
  return out
}
