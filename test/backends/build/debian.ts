/** Takes a program out of a package of the distribution: nothing is installed, no service started, no right needed. */
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { command, exists } from './command.ts'
import { type Ingredients, messageOf, Unavailable } from './ingredients.ts'
import type { DebianRecipe } from './recipe.ts'
import { scratchFolder } from './scratch.ts'

/**
 * Downloads the package that has a backend.
 * @throws Unavailable where there is no apt, or it does not have the package in that version
 */
export async function fetchPackage(recipe: DebianRecipe): Promise<Ingredients> {
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
    // The lists of packages of an image are often empty: with lists of our own, which need no right.
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
