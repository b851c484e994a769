/** Builds another revision of this repository in a temporary folder, with the benchmarks of the working tree. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root folder of the working tree. */
export const WORKING_TREE = fileURLToPath(new URL('..', import.meta.url))

/** A built revision. */
export interface BuiltRevision {
  /** Root folder. */
  readonly tree: string
  /** Abbreviated commit id and subject. */
  readonly title: string
  remove(): void
}

/**
 * Builds a revision. Links the installed dependencies of the working tree if the lock files are equal, else installs
 * them.
 *
 * @throws Error if the revision does not exist, or its installation or build fails
 */
export function buildRevision(revision: string): BuiltRevision {
  const title = run(WORKING_TREE, 'git', ['log', '-1', '--format=%h %s', revision, '--']).trim()
  const tree = mkdtempSync(join(tmpdir(), 'vr-otel-compare-'))
  const remove = (): void => rmSync(tree, { recursive: true, force: true })
  try {
    const archive = join(tree, 'tree.tar')
    run(WORKING_TREE, 'git', ['archive', '--output', archive, revision])
    run(tree, 'tar', ['-xf', archive])
    rmSync(archive)
    if (isSameFile('package-lock.json', tree)) linkDependencies(tree)
    else run(tree, 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
    run(tree, 'npm', ['run', '--silent', 'build'])
    cpSync(join(WORKING_TREE, 'bench'), join(tree, 'bench'), {
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
  return readFileSync(join(tree, path)).equals(readFileSync(join(WORKING_TREE, path)))
}

/** Links all installed packages. Links of workspaces point into `tree`. */
function linkDependencies(tree: string): void {
  const manifest = JSON.parse(readFileSync(join(WORKING_TREE, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>
  }
  for (const [path, { link, resolved = '' }] of Object.entries(manifest.packages)) {
    const installed = join(WORKING_TREE, path)
    if (!/(^|\/)node_modules\//.test(path) || /node_modules\/.*node_modules\//.test(path)) continue
    if (!existsSync(installed)) continue // optional dependency of another platform
    const target = link === true ? join(tree, resolved) : installed
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    symlinkSync(target, join(tree, path))
  }
  symlinkSync(join(WORKING_TREE, 'node_modules/.bin'), join(tree, 'node_modules/.bin'))
}
