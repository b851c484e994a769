/** Extracts a program from a package of the distribution, without installing it and without root. */
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { command, exists } from './command.ts'
import { messageOf, type PreparedBuild, Unavailable } from './prepared-build.ts'
import type { DebianRecipe } from './recipe.ts'
import { scratchFolder } from './scratch.ts'

/**
 * Downloads the package of a backend.
 * @throws Unavailable without apt, or if apt has another version of the package
 */
export async function fetchPackage(recipe: DebianRecipe): Promise<PreparedBuild> {
  for (const tool of ['apt-get', 'dpkg']) {
    if (!(await exists(tool, ['--version']))) throw new Unavailable(`no ${tool} on this machine`)
  }
  const cwd = scratchFolder(recipe.name)
  const remove = (): Promise<void> => rm(cwd, { recursive: true, force: true })
  try {
    const archive = await download(recipe, cwd)
    const make = async (file: string): Promise<void> => {
      await command('dpkg', ['-x', archive, 'content'], { cwd })
      await cp(join(cwd, 'content', recipe.file), file)
    }
    return { make, remove }
  } catch (error) {
    await remove()
    throw new Unavailable(messageOf(error))
  }
}

async function download({ package: name, version }: DebianRecipe, cwd: string): Promise<string> {
  const download = ['download', name]
  await command('apt-get', download, { cwd }).catch(async () => {
    // The package lists of container images are often empty. Lists in our own folder need no root.
    for (const path of ['lists/partial', 'cache/archives/partial'])
      await mkdir(join(cwd, path), { recursive: true })
    const own = ['-o', `Dir::State::lists=${cwd}/lists`, '-o', `Dir::Cache=${cwd}/cache`]
    await command('apt-get', [...own, 'update'], { cwd })
    await command('apt-get', [...own, ...download], { cwd })
  })
  const archive = (await readdir(cwd)).find((entry) => entry.endsWith('.deb')) ?? 'nothing'
  if (archive.startsWith(`${name}_${version}`)) return archive
  throw new Error(`the distribution has ${archive}, not version ${version}`)
}
