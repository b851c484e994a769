import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { PackageCopy } from './package-copy.ts'
import { PACKAGES } from './package-sources.ts'

describe.each(PACKAGES)('the build of %s', (pkg) => {
  const copy = new PackageCopy()
  afterAll(() => copy.remove())

  it('removes files of an earlier build', () => {
    const dist = `packages/${pkg}/dist`
    const stale = [`${dist}/removed.js`, `${dist}/removed.d.ts`, `${dist}/testing/removed.js`]
    for (const file of stale) copy.write(file, 'export {}\n')
    const build = spawnSync('npm', ['run', '--silent', 'build'], {
      cwd: join(copy.folder, 'packages', pkg),
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    expect([build.status, build.stdout, build.stderr]).toEqual([0, '', ''])
    const left = [...stale, `${dist}/index.js`].filter((file) => existsSync(join(copy.folder, file)))
    expect(left).toEqual([`${dist}/index.js`])
  }, 60_000)
})
