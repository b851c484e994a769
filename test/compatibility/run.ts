/**
 * Runs a test suite of another project without and with the flag, and compares the result of every test.
 *
 *   npm run test:compatibility -- node-core CHECKOUT [--only PATTERN]
 *   npm run test:compatibility -- NAME CHECKOUT --format tap|mocha|jest -- COMMAND [ARGUMENT ...]
 *
 * CHECKOUT is a folder with that project's repository, its dependencies installed; `node-core` takes a copy of the `test`
 * folder of Node. The options `--modes metrics,1%,100%` (default: all), `--repeat N` (default 3: a test counts as different
 * if it differs in each of N pairs of runs) and `--concurrency N` (default 2, for `node-core`) hold for both forms.
 * A difference that `docs/compatibility.md` lists is printed with its reason. Any other one makes the exit code 1.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand } from './command.ts'
import { knownReason } from './known-differences.ts'
import { environmentOf, MODES, type Mode } from './modes.ts'
import { coreTests, runCoreTests } from './node-core.ts'
import { type Difference, differences, FORMATS, type Results } from './results.ts'

const CORE_TESTS = '/test-(?:http|https|http2|diagnostics-channel)-'

const separator = process.argv.indexOf('--')
const command = separator < 0 ? [] : process.argv.slice(separator + 1)
const { values, positionals } = parseArgs({
  args: process.argv.slice(2, separator < 0 ? undefined : separator),
  allowPositionals: true,
  options: {
    format: { type: 'string', default: 'tap' },
    modes: { type: 'string', default: MODES.join(',') },
    only: { type: 'string', default: CORE_TESTS },
    repeat: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '2' },
  },
})
const [suite, checkout] = positionals
if (suite === undefined || checkout === undefined || (suite !== 'node-core' && command.length === 0)) {
  throw new Error(
    'usage: SUITE CHECKOUT [options] [-- COMMAND ...]; see the comment in test/compatibility/run.ts',
  )
}
const folder = resolve(checkout)
const modes = values.modes.split(',').map(toMode)
const repeat = Number(values.repeat)

/** Runs the suite; `only` selects tests of `node-core`, which are files. */
type Run = (env: NodeJS.ProcessEnv, only?: readonly string[]) => Promise<Results>
const run: Run =
  suite === 'node-core'
    ? (env, only) =>
        runCoreTests(
          folder,
          only ?? coreTests(folder, new RegExp(values.only)),
          env,
          Number(values.concurrency),
        )
    : (env) => runCommand(folder, command, env, formatOf(values.format))

const collector = createServer((request, response) => request.resume().on('end', () => response.end()))
collector.listen(0, '127.0.0.1')
await once(collector, 'listening')
const { port } = collector.address() as AddressInfo

const without = await run(environmentOf(undefined, port))
console.log(`${suite} without the flag: ${summary(without)}`)
let unknown = 0
for (const mode of modes) unknown += await compare(mode)
collector.close()
process.exitCode = unknown > 0 ? 1 : 0

/** @returns the number of tests that differ without a documented reason */
async function compare(mode: Mode): Promise<number> {
  const env = environmentOf(mode, port)
  const results = await run(env)
  let rows = differences(without, results)
  for (let i = 1; i < repeat && rows.length > 0; i++) rows = await differencesAgain(rows, env)
  console.log(`${suite}, ${mode}: ${summary(results)}; ${rows.length} differ`)
  const explained = rows.map((row) => ({ ...row, reason: knownReason(suite as string, row.test) }))
  for (const { test, without: before, withFlag, reason } of explained) {
    console.log(
      `  ${reason === undefined ? 'UNKNOWN' : 'known  '} ${test}: ${before} → ${withFlag} ${reason ?? ''}`,
    )
  }
  return explained.filter(({ reason }) => reason === undefined).length
}

/** Runs both again and returns the differences that occur again. */
async function differencesAgain(rows: readonly Difference[], env: NodeJS.ProcessEnv): Promise<Difference[]> {
  const tests = rows.map(({ test }) => test)
  const bare = await run(environmentOf(undefined, port), tests)
  const flagged = await run(env, tests)
  return differences(bare, flagged).filter(({ test }) => tests.includes(test))
}

function summary(results: Results): string {
  const counts = new Map<string, number>()
  for (const result of results.values()) counts.set(result, (counts.get(result) ?? 0) + 1)
  return `${results.size} tests: ${[...counts].map(([result, count]) => `${count} × ${result}`).join(', ')}`
}

function toMode(text: string): Mode {
  const mode = MODES.find((known) => known === text)
  if (mode === undefined) throw new Error(`--modes: got "${text}", expected some of ${MODES.join(', ')}`)
  return mode
}

function formatOf(name: string): (text: string) => Results {
  const parse = FORMATS[name]
  if (parse === undefined) {
    throw new Error(`--format: got "${name}", expected one of ${Object.keys(FORMATS).join(', ')}`)
  }
  return parse
}
