import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGE = 'packages/instruments'
const LIST = `${PACKAGE}/src/cardinality/outcome.ts`
const DECISION = `${PACKAGE}/src/observation/outcome.ts`

let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'added-outcome-'))
  for (const path of [
    'tsconfig.base.json',
    `${PACKAGE}/tsconfig.json`,
    `${PACKAGE}/package.json`,
    `${PACKAGE}/src`,
  ]) {
    cpSync(join(ROOT, path), join(copy, path), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
})

afterAll(() => rmSync(copy, { recursive: true }))

/** Writes edited files of the package into the copy. */
function edit(edits: Readonly<Record<string, (text: string) => string>>): void {
  for (const path of [LIST, DECISION]) {
    const text = readFileSync(join(ROOT, path), 'utf8')
    const edited = edits[path]?.(text) ?? text
    expect(edited !== text).toBe(path in edits)
    writeFileSync(join(copy, path), edited)
  }
}

/** Compiles the copy and returns the error lines. */
function compile(): string[] {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', PACKAGE, '--pretty', 'false'], {
    cwd: copy,
    encoding: 'utf8',
  })
  return stdout.split('\n').filter((line) => /^\S.*: error /.test(line))
}

const addToList = (text: string): string => text.replace("  'completed',", "  'completed',\n  'throw_away',")
const decide = (text: string): string =>
  text.replace("  timeout: 'timeout',\n}", "  timeout: 'timeout',\n  throw_away: 'throw_away',\n}")

describe('an outcome that is added to STREAM_OUTCOMES', () => {
  it('is reported by the compiler where the value of error.type is decided, and nowhere else', () => {
    edit({ [LIST]: addToList })
    const errors = compile()
    expect(errors[0]).toMatch(/'throw_away' is missing in type/)
    expect(new Set(errors.map((error) => error.split('(')[0]))).toEqual(new Set([DECISION]))
  })

  it('is refused by the compiler where it is decided, but not on the list', () => {
    edit({ [DECISION]: decide })
    expect(compile()).toEqual([
      expect.stringMatching(/^packages\/instruments\/src\/observation\/outcome\.ts.*throw_away/),
    ])
  })

  it('is a label value, an error.type and accepted by setStreamOutcome once both are done', () => {
    edit({ [LIST]: addToList, [DECISION]: decide })
    expect(compile()).toEqual([])
    const program = `
      import { CATALOG, setStreamOutcome, STREAM_OUTCOMES, setLogger } from './dist/index.js'
      import { errorType } from './dist/observation/outcome.js'
      const warnings = []
      setLogger({ warn: (...args) => warnings.push(args) })
      setStreamOutcome({}, 'throw_away')
      const values = CATALOG.sse.flatMap(({ attributes }) => attributes).find(({ name }) => name === 'outcome').values
      const isListed = STREAM_OUTCOMES.includes('throw_away') && values.includes('throw_away')
      console.log(JSON.stringify([isListed, warnings, errorType('finished', 'throw_away', 200)]))`
    const args = ['--input-type=module', '--eval', program]
    const output = execFileSync(process.execPath, args, { cwd: join(copy, PACKAGE), encoding: 'utf8' })
    expect(JSON.parse(output)).toEqual([true, [], 'throw_away'])
  })
}, 60_000)
