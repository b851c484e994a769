import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('the build script', () => {
  it.each([
    ['20.20.2', 1],
    ['22.14.0', 1],
    ['22.15.0', 0],
    ['24.21.0', 0],
    ['26.0.0', 0],
  ])('on Node %s exits with %d, and names the required version if that is not 0', (version, code) => {
    const { status, stderr } = spawnSync(process.execPath, ['.ci/check-node.mjs', version], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    expect([status, stderr.includes(`need Node 22.15 or later; this is ${version}.`)]).toEqual([
      code,
      code === 1,
    ])
  })

  it('checks the version first, because .npmrc switches the warnings of npm off', () => {
    const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
      scripts: Record<string, string>
    }
    expect(readFileSync(`${ROOT}/.npmrc`, 'utf8')).toMatch(/^loglevel=error$/m)
    expect(scripts['prebuild']).toBe('node .ci/check-node.mjs')
    expect(scripts['start']).toMatch(/^npm run --silent build && /)
    expect(scripts['test']).toMatch(/^npm run --silent build && /)
  })
})
