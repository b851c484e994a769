import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CATALOG, STREAM_OUTCOMES } from '@vr/otel-instruments'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const pages = globSync('{*.md,docs/**/*.md,examples/*.md,packages/*/README.md}', { cwd: ROOT })

const sources = globSync('{packages,test,bench,examples}/**/*.{ts,cts,mjs}', {
  cwd: ROOT,
  exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
})

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** Text without its code blocks, whose brackets and `#` are no links and no headings. */
function prose(page: string): string {
  return read(page).replaceAll(/^```[\s\S]*?^```/gm, '')
}

/** The fragments of the headings of a page, as GitHub makes them. */
function anchors(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}

function isDead(page: string, link: string): boolean {
  const [path = '', fragment] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(ROOT, target))) return true
  return fragment !== undefined && !anchors(target).includes(fragment)
}

describe.each(pages)('%s', (page) => {
  it('has no dead links', () => {
    const links = [...prose(page).matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link)
    expect(links.filter((link) => isDead(page, link))).toEqual([])
  })

  it('names no file or folder that does not exist', () => {
    const paths = [...prose(page).matchAll(/`([^`]+)`/g)]
      .flatMap(([, code = '']) => code.split(/\s+/))
      .filter((word) => /^(?:packages|test|docs|examples|bench|src)\/[\w*./-]+$/.test(word))
    const isFound = (path: string): boolean =>
      [ROOT, join(ROOT, dirname(page))].some((cwd) => globSync(path, { cwd }).length > 0)
    expect(paths.filter((path) => !isFound(path))).toEqual([])
  })
})

it('comments name no page of the documentation that does not exist', () => {
  const named = sources.flatMap((file) =>
    [...read(file).matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([path]) => ({ file, path })),
  )
  expect(named.length).toBeGreaterThan(1)
  expect(named.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([])
})

it.each(globSync('packages/*/README.md', { cwd: ROOT }))(
  '%s links to no file outside of its package',
  (page) => {
    const links = [...prose(page).matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, link]) => link)
    expect(links.filter((link) => link?.startsWith('..'))).toEqual([]) // npm shows the page without the repository
  },
)

it('the decisions are all listed', () => {
  const listed = [...read('docs/decisions/README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link)
  const written = globSync('*.md', { cwd: join(ROOT, 'docs/decisions') }).filter(
    (file) => file !== 'README.md',
  )
  expect(listed.toSorted()).toEqual(written.toSorted())
})

it.each(readdirSync(join(ROOT, 'packages')))('docs/architecture.md lists the folders of %s', (name) => {
  const [, section = ''] = read('docs/architecture.md').split(`\`packages/${name}/src\``)
  const [table = ''] = section.split(/^(?:`|##)/m)
  const listed = [...table.matchAll(/`([\w-]+)\/`(?=.* \|.* \|$)/gm)].map(([, folder]) => folder)
  const folders = readdirSync(join(ROOT, 'packages', name, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
    .map((entry) => entry.name)
  expect(listed.toSorted()).toEqual(folders.toSorted())
})

it('docs/outcomes.md has a row for each outcome', () => {
  const rows = [...read('docs/outcomes.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, outcome]) => outcome)
  const attempts = CATALOG.upstream.flatMap(({ attributes }) =>
    attributes.flatMap(({ name, values }) => (name === 'outcome' ? values : [])),
  )
  expect(attempts).toHaveLength(6)
  expect([...new Set(rows)].toSorted()).toEqual([...new Set([...STREAM_OUTCOMES, ...attempts])].toSorted())
})

it.each(pages)('%s names only metrics that docs/metrics.md lists', (page) => {
  const listed = new Set(
    [...read('docs/metrics.md').matchAll(/^\| `([\w:]+)` \|/gm)].map(([, name = '']) => name),
  )
  const named = [...read(page).matchAll(/\b(?:vr_otel|vllm_responses)_\w+\b(?!_?\*)/g)].map(([name]) => name)
  expect(listed.size).toBeGreaterThan(50)
  expect(named.filter((name) => !listed.has(name.replace(/_(?:bucket|sum|count|created)$/, '')))).toEqual([])
})
