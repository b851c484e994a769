import { join } from 'node:path'
import { runWell } from './program.ts'

/** Root of the repository, where npm packs. */
export const REPOSITORY = join(import.meta.dirname, '../..')

/** A packed package. */
export interface Tarball {
  readonly name: string
  /** Absolute path of the package in the repository. */
  readonly source: string
  /** Absolute path of the `.tgz`. */
  readonly file: string
  /** Paths of its files, relative to the package. */
  readonly contents: readonly string[]
}

const FOLDERS = ['instruments', 'metrics', 'exporters', 'otel']

/** Packs the built packages as a release does. */
export async function pack(destination: string): Promise<readonly Tarball[]> {
  const workspaces = FOLDERS.map((folder) => `--workspace=packages/${folder}`)
  const args = ['pack', '--json', `--pack-destination=${destination}`, ...workspaces]
  const packed: NpmPacked[] = JSON.parse(await runWell('npm', args, { cwd: REPOSITORY }))
  return packed.map(({ name, filename, files }, at) => ({
    name,
    source: join(REPOSITORY, 'packages', FOLDERS[at] as string),
    file: join(destination, filename),
    contents: files.map(({ path }) => path),
  }))
}

interface NpmPacked {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}
