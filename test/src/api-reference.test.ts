import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const ROOT = new URL('../../', import.meta.url)

function read(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8')
}

/** Names in the export lists of a module; of `a as b`, `b`. */
function exportedNames(source: string): string[] {
  return [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, list = '']) => list.split(','))
    .map((item) => /(\w+)\s*$/.exec(item)?.[1])
    .filter((name) => name !== undefined)
}

it('docs/api.md has a section for each export of @vr/otel, and for nothing else', async () => {
  const documented = [...read('docs/api.md').matchAll(/^### `(\w+)/gm)].map(([, name]) => name)
  const exported = exportedNames(read('packages/otel/src/index.ts'))
  expect(exported).toEqual(expect.arrayContaining(Object.keys(await import('@vr/otel'))))
  expect(documented.toSorted()).toEqual(exported.toSorted())
})
