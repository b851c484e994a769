import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Checks } from '../checks.ts'
import type { Tarball } from '../pack.ts'
import { run } from '../program.ts'
import type { Project } from '../project.ts'

const FLAGS = [
  '--noEmit',
  '--strict',
  '--module',
  'nodenext',
  '--moduleResolution',
  'nodenext',
  '--types',
  'node',
]

/** Checks that a TypeScript application compiles with the installed declarations. */
export async function types(
  checks: Checks,
  { folder }: Project,
  tarballs: readonly Tarball[],
): Promise<void> {
  await checks.check('check.mts imports every public entry point', () => {
    const source = readFileSync(join(folder, 'check.mts'), 'utf8')
    const missing = tarballs.flatMap((tarball) => entryPoints(folder, tarball)).filter(isMissingFrom(source))
    assert.deepEqual(missing, [])
  })
  await checks.check(`tsc ${FLAGS.join(' ')} check.mts`, async () => {
    const tsc = join(folder, 'node_modules/typescript/bin/tsc')
    const { code, stdout, stderr } = await run(process.execPath, [tsc, ...FLAGS, 'check.mts'], {
      cwd: folder,
    })
    assert.deepEqual({ code, output: stdout + stderr }, { code: 0, output: '' })
  })
}

/** Entry points that are not for applications. */
const NOT_PUBLIC = ['./package.json', './internal', './cluster', './engine']

/** Returns the specifiers of the public entry points of a package. */
function entryPoints(folder: string, { name }: Tarball): string[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  const paths = Object.keys(manifest.exports).filter((path) => !NOT_PUBLIC.includes(path))
  return paths.map((path) => name + path.slice(1))
}

function isMissingFrom(source: string): (entryPoint: string) => boolean {
  return (entryPoint) => !source.includes(`'${entryPoint}'`)
}
