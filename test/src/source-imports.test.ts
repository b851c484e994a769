import { describe, expect, it } from 'vitest'
import { importsOf } from './source-imports.ts'
import { tokensOf } from './source-tokens.ts'

const found = (source: string): string[] =>
  importsOf(source).map(({ form, specifier }) => `${form} ${specifier}`)

describe('importsOf', () => {
  it.each([
    ["import 'x'", ['value x']],
    ['import "x"', ['value x']],
    ["import x from 'x'", ['value x']],
    ["import x, { y } from 'x'", ['value x']],
    ["import x, * as y from 'x'", ['value x']],
    ["import {\n  y, // from 'z'\n  type Z,\n} from 'x'", ['value x']],
    ["import { default as y, 'a b' as z } from 'x' with { type: 'json' }", ['value x']],
    ["import type from 'x'", ['value x']],
    ["import type, { y } from 'x'", ['value x']],
    ["import type { Y } from 'x'", ['type x']],
    ["import type X from 'x'", ['type x']],
    ["import type * as x from 'x'", ['type x']],
    ["export { y } from 'x'", ['value x']],
    ["export * from 'x'", ['value x']],
    ["export * as y from 'x'", ['value x']],
    ["export type { Y } from 'x'", ['type x']],
    ["export type * from 'x'", ['type x']],
    ["import x = require('x')", ['require x']],
    ["const x = await import('x')", ['dynamic x']],
    ['const x = await import(`x`)', ['dynamic x']],
    ["const x = import(/* why */ 'x',)", ['dynamic x']],
    ['const x = import(name)', ['dynamic undefined']],
    [`const x = import(\`./\${name}.js\`)`, ['dynamic undefined']],
    ["const x = import('./' + name)", ['dynamic undefined']],
    ["let x: import('x').Y", ['dynamic x']],
    ["let x: typeof import('x')", ['dynamic x']],
    ["const x = require('x')", ['require x']],
    ["createRequire(import.meta.url)('x')", ['require x']],
    ["module.createRequire(fileOf('y', 1))(\n'x'\n)", ['require x']],
    ["const load = createRequire(import.meta.url)\nload('x')", ['require x']],
    [
      "const load = module.createRequire(path)\nconst y = load('x') as typeof import('y')",
      ['require x', 'dynamic y'],
    ],
    ['createRequire(path)(path)', ['require undefined']],
    ["process.getBuiltinModule('x')", ['builtin x']],
    ["process\n  .getBuiltinModule('x')\n  .y()", ['builtin x']],
    ["globalThis.process?.getBuiltinModule?.('x')", ['builtin x']],
    ["const { getBuiltinModule } = process\ngetBuiltinModule('x')", ['builtin x']],
    [`const text = \`\${await import('x')} and \${\`\${require('y')}\`}\``, ['dynamic x', 'require y']],
    ["const pattern = /'/\nimport x from 'x' // '", ['value x']],
    ["const half = a / 2; import x from 'x'; const c = b / 2", ['value x']],
    ["if (/[/'\"]/.test(a)) require('x')", ['require x']],
  ])('finds the import in %j', (source, expected) => {
    expect(found(source)).toEqual(expected)
  })

  it.each([
    "// import x from 'x'",
    "/* import x from 'x' */",
    'const text = "import x from \'x\'"',
    "const text = `import x from 'x'`",
    "const pattern = /import('x')/",
    'import.meta.url',
    "export const x = 'x'",
    "export type X = { from: 'x' }",
    "export { y }\nconst from = 'x'",
    "this.require('x')",
    "instance.load('x')",
    "load('x')",
    "this.#load('x')",
    'const load = createRequire(import.meta.url)',
  ])('finds no import in %j', (source) => {
    expect(found(source)).toEqual([])
  })
})

describe('tokensOf', () => {
  it('gives a declaration the documentation comment directly before it', () => {
    const [first, , , second] = tokensOf('/** One. */\nconst a;\n// Not this.\nlet b')
    expect([first?.doc, second?.doc]).toEqual(['/** One. */', undefined])
  })

  it('reads braces inside the placeholder of a template', () => {
    expect(tokensOf(`\`a\${{ b: \`c\${d}\` }}e\` + f`).map(({ text }) => text)).toEqual([
      'a',
      '{',
      'b',
      ':',
      'c',
      'd',
      '',
      '}',
      'e',
      '+',
      'f',
    ])
  })
})
