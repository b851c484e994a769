import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Checks } from '../checks.ts'
import { REPOSITORY, type Tarball } from '../pack.ts'
import type { Project } from '../project.ts'

/** Files that a package may contain. */
const ALLOWED = [
  /^package\.json$/,
  /^README\.md$/,
  /^LICENSE$/,
  /^dist\/(?:[a-z0-9-]+\/)*[a-z0-9-]+\.(?:js|cjs|d\.ts|d\.cts)$/,
]

/** Files that only the package with bundled code contains. */
const OF_BUNDLE = [/^NOTICE$/, /^dist\/[a-z0-9-]+\.js\.map$/]

/** Files that every package must contain. */
const REQUIRED = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']

/** Checks the files of the tarballs and their installation. */
export async function contents(checks: Checks, tarballs: readonly Tarball[], plain: Project): Promise<void> {
  for (const tarball of tarballs) {
    const { name, contents } = tarball
    await checks.check(`${name}: contains the required files and no others`, () => {
      const required = isBundled(name) ? [...REQUIRED, 'NOTICE'] : REQUIRED
      const missing = required.filter((path) => !contents.includes(path))
      const allowed = isBundled(name) ? [...ALLOWED, ...OF_BUNDLE] : ALLOWED
      const unwanted = contents.filter((path) => !allowed.some((pattern) => pattern.test(path)))
      assert.deepEqual({ missing, unwanted }, { missing: [], unwanted: [] })
    })
    await checks.check(`${name}: contains no stale files and no test support`, () => {
      const folder = join(plain.folder, 'node_modules', name)
      const stale = filesWithoutSource(tarball)
      assert.deepEqual(isBundled(name) ? stale.filter(isNotLoaded(folder, contents)) : stale, [])
    })
    await checks.check(`${name}: contains no path of this machine`, () => {
      const folder = join(plain.folder, 'node_modules', name)
      const wrong = contents.filter((path) => readFileSync(join(folder, path), 'utf8').includes(REPOSITORY))
      assert.deepEqual(wrong, [])
    })
  }
  await checks.check('the installed tree has no install script', () => {
    assert.deepEqual(withInstallScript(plain.folder), [])
  })
}

/** Returns the built files that have no source file, or whose source file is not part of the package. */
function filesWithoutSource({ source, contents }: Tarball): string[] {
  return contents.filter((path) => {
    const built = /^dist\/(.+?)(?:\.d)?\.(?:([cm]?)js|([cm]?)ts)$/.exec(path)
    if (built === null) return false
    const [, name, ofJs, ofTypes] = built
    const isTestSupport = /(^|\/)testing\/|\.test$/.test(name as string)
    return isTestSupport || !existsSync(join(source, 'src', `${name}.${ofJs ?? ofTypes ?? ''}ts`))
  })
}

function isBundled(name: string): boolean {
  return name === '@vr/otel'
}

/** Returns whether a chunk is not loaded by any other. */
function isNotLoaded(folder: string, contents: readonly string[]): (chunk: string) => boolean {
  const scripts = contents.filter((path) => path.endsWith('.js'))
  const loaded = scripts.flatMap((path) =>
    [...readFileSync(join(folder, path), 'utf8').matchAll(/"\.\/([a-z0-9-]+\.js)"/g)].map(
      ([, file]) => `dist/${file}`,
    ),
  )
  return (chunk) => !loaded.includes(chunk)
}

/** Returns the installed packages with an install script or a native build, from npm's lock file. */
function withInstallScript(folder: string): string[] {
  const lock: NpmLock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  return Object.keys(lock.packages).filter((place) => lock.packages[place]?.hasInstallScript === true)
}

interface NpmLock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>
}
