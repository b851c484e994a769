import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Import, importsOf } from './source-imports.ts'

/** Root of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The packages, by their folders. */
export const PACKAGES = ['instruments', 'metrics', 'exporters', 'otel'] as const

/** One source file of a package. */
export interface SourceFile {
  readonly pkg: string
  /** Relative to the package's `src`. */
  readonly path: string
  /** Package and path, as a failure prints them. */
  readonly name: string
  readonly text: string
  readonly imports: readonly Import[]
}

/** Every source file that the packages publish: without tests and what tests need. */
export const sources: readonly SourceFile[] = globSync('packages/*/src/**/*.{ts,cts}', { cwd: ROOT })
  .filter((file) => !/\.test\.ts$|\/testing\//.test(file))
  .map((file) => {
    const [, pkg = '', , ...rest] = file.split('/')
    const text = readFileSync(join(ROOT, file), 'utf8')
    const path = rest.join('/')
    return { pkg, path, name: `${pkg}/${path}`, text, imports: importsOf(text) }
  })

/** What is read of a `package.json`. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly scripts?: Record<string, string>
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

/** Returns the `package.json` of a package. */
export function manifestOf(pkg: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'packages', pkg, 'package.json'), 'utf8'))
}
