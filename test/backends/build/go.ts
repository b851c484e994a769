/** Compiles a backend with Go. */
import { appendFile, cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from './command.ts'
import { messageOf, type PreparedBuild, Unavailable } from './prepared-build.ts'
import type { GoRecipe } from './recipe.ts'
import { scratchFolder } from './scratch.ts'

/** Builds static programs. GOGC=400 makes the garbage collector of the compiler run less often: 7 % less CPU. */
const ENVIRONMENT = { CGO_ENABLED: '0', GOGC: '400', GOFLAGS: '-buildvcs=false -mod=mod', GOWORK: 'off' }

/** Flags of every build, part of the cache key. Without DWARF a build takes 9 % less CPU. */
export const BUILD_FLAGS: readonly string[] = ['-trimpath', '-gcflags=all=-dwarf=false']

/**
 * Downloads the modules of a backend. The recipe has the two checksums of the main module. All others come from the `go.sum` of
 * that module, so that every module is verified without a checksum database.
 * @throws Unavailable without Go, or if the modules cannot be downloaded
 */
export async function fetchModules(recipe: GoRecipe, folder: string): Promise<PreparedBuild> {
  const cwd = scratchFolder(recipe.name)
  const remove = (): Promise<void> => rm(cwd, { recursive: true, force: true })
  const go: Go = (...args) => command('go', args, { cwd, env: ENVIRONMENT })
  const tags = recipe.tags === undefined ? [] : [`-tags=${recipe.tags}`]
  try {
    await cp(folder, cwd, { recursive: true })
    await requireGo(go)
    await downloadModules(recipe, cwd, go, tags)
  } catch (error) {
    await remove()
    throw error
  }
  const variables = recipe.variables.map((variable) => ` -X ${variable}`).join('')
  const make = async (file: string): Promise<void> => {
    await go('build', ...BUILD_FLAGS, ...tags, `-ldflags=-s -w${variables}`, '-o', file, recipe.program)
  }
  return { make, remove }
}

type Go = (...args: readonly string[]) => Promise<string>

/** Go 1.21 is the first version that downloads the newer Go that a module requires. */
async function requireGo(go: Go): Promise<void> {
  const version = await go('env', 'GOVERSION').catch(() => undefined)
  if (version === undefined) throw new Unavailable('no Go on this machine')
  const [, minor = '0'] = /^go1\.(\d+)/.exec(version) ?? []
  if (Number(minor) < 21) throw new Unavailable(`${version.trim()} is older than Go 1.21`)
}

async function downloadModules(
  recipe: GoRecipe,
  cwd: string,
  go: Go,
  tags: readonly string[],
): Promise<void> {
  try {
    if (recipe.module !== undefined) {
      await go('mod', 'download', recipe.module)
      const cache = (await go('env', 'GOMODCACHE')).trim()
      await appendFile(join(cwd, 'go.sum'), await readFile(join(cache, recipe.module, 'go.sum')))
    }
    await go('list', '-deps', ...tags, recipe.program)
  } catch (error) {
    throw new Unavailable(`modules not downloaded: ${messageOf(error)}`)
  }
}
