/** Another revision of this repository, built in a folder of its own, with the benchmarks of the present one. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the present tree. */
export const TREE = fileURLToPath(new URL('..', import.meta.url))

/** A revision that is built and ready to be measured. */
export interface BuiltRevision {
  /** The root of its tree. */
  readonly tree: string
  /** Its abbreviated id and the first line of its message. */
  readonly title: string
  remove(): void
}

/**
 * Builds a revision. Its packages are its own; what they depend on is that of the present tree if the lockfiles are the
 * same, else it is installed.
 * @throws Error if git does not know the revision, or it cannot be installed or built
 */
export function buildRevision(revision: string): BuiltRevision {
  const title = run(TREE, 'git', ['log', '-1', '--format=%h %s', revision, '--']).trim()
  const tree = mkdtempSync(join(tmpdir(), 'vr-otel-compare-'))
  const remove = (): void => rmSync(tree, { recursive: true, force: true })
  try {
    const archive = join(tree, 'tree.tar')
    run(TREE, 'git', ['archive', '--output', archive, revision])
    run(tree, 'tar', ['-xf', archive])
    rmSync(archive)
    if (isSameFile('package-lock.json', tree)) linkDependencies(tree)
    else run(tree, 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
    run(tree, 'npm', ['run', '--silent', 'build'])
    cpSync(join(TREE, 'bench'), join(tree, 'bench'), {
      recursive: true,
      filter: (source) => !source.split(sep).includes('node_modules'),
    })
  } catch (error) {
    remove()
    throw error
  }
  return { tree, title, remove }
}

function run(cwd: string, command: string, parameters: readonly string[]): string {
  return execFileSync(command, parameters, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function isSameFile(path: string, tree: string): boolean {
  return readFileSync(join(tree, path)).equals(readFileSync(join(TREE, path)))
}

/** Links every installed package; the links to the packages of the repository lead into its own tree. */
function linkDependencies(tree: string): void {
  const manifest = JSON.parse(readFileSync(join(TREE, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>
  }
  for (const [path, { link, resolved = '' }] of Object.entries(manifest.packages)) {
    const installed = join(TREE, path)
    if (!/(^|\/)node_modules\//.test(path) || /node_modules\/.*node_modules\//.test(path)) continue
    if (!existsSync(installed)) continue // of another platform
    const target = link === true ? join(tree, resolved) : installed
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    symlinkSync(target, join(tree, path))
  }
  symlinkSync(join(TREE, 'node_modules/.bin'), join(tree, 'node_modules/.bin'))
}
