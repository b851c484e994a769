import { join } from 'node:path'
import { runWell } from '../packed/program.ts'
import type { ModuleSystem } from './entry-file.ts'

/** `require` for what esbuild leaves as it is in a module, such as Node's own modules in CommonJS packages. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);"

/** Bundles a program and all that it loads into one file; gives the file's name. */
export async function bundle(folder: string, file: string, system: ModuleSystem): Promise<string> {
  const out = `bundled-${file}`
  const banner = system === 'esm' ? [`--banner:js=${REQUIRE}`] : []
  const args = ['--bundle', '--platform=node', `--format=${system}`, `--outfile=${out}`, ...banner]
  await runWell(join(folder, 'node_modules/.bin/esbuild'), [file, ...args], { cwd: folder })
  return out
}
