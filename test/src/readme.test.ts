import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const APPS = join(ROOT, 'test/apps')

/** JavaScript in the pages that users read, as programs. */
const blocks = globSync('{README.md,docs/*.md,packages/*/README.md}', { cwd: ROOT }).flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ''], i) => ({
    page,
    code,
    i,
  })),
)

describe('the code in the documentation', () => {
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(APPS, '.readme-'))
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  it('is found', () => {
    expect(blocks.length).toBeGreaterThan(1)
  })

  it.each(blocks)('of $page, block $i, runs', async ({ code, i, page }) => {
    const file = join(folder, `${i}-${page.replaceAll('/', '-')}.mjs`)
    writeFileSync(file, code)
    const app = new RunningApp(join(basename(folder), relative(folder, file)))
    expect({ ...(await app.exit()), stderr: app.stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  })
})

describe('the links in the documentation', () => {
  const pages = globSync('{*.md,docs/*.md,examples/*.md,packages/*/README.md}', { cwd: ROOT })

  it.each(pages)('of %s lead somewhere', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) =>
      join(ROOT, page, '..', target),
    )
    expect(targets.filter((target) => globSync(target).length === 0)).toEqual([])
  })
})
