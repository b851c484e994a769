/**
 * Runs the test suite of Fastify's package without and with the flag and compares every result: `node
 * test/frameworks/fastify-suite.ts`. It takes some minutes.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Checks } from '../packed/checks.ts'
import { project } from './projects.ts'
import { FLAGS } from './running-application.ts'

const checks = new Checks()
const folder = await checks.check('packages of fastify-suite install', () => project('fastify-suite'))
if (folder !== undefined) await compare(copyOfPackage(folder))
console.log(checks.summary())
process.exitCode = checks.areGood ? 0 : 1

/** Copies the package: the test runner ignores `node_modules`. */
function copyOfPackage(folder: string): string {
  const target = join(folder, 'suite')
  rmSync(target, { recursive: true, force: true })
  cpSync(join(folder, 'node_modules/fastify'), target, { recursive: true })
  return target
}

async function compare(suite: string): Promise<void> {
  const bare = await checks.check('the suite runs without the flag', () => results(suite, ''))
  const seen = await checks.check('the suite runs with the flag', () => results(suite, FLAGS.esm.join(' ')))
  if (bare === undefined || seen === undefined) return
  const failed = bare.filter((line) => line.startsWith('not ok')).length
  console.log(
    `${bare.length} results without the flag, ${failed} of them failures because the package lacks files`,
  )
  await checks.check('every test has the same result', () => assert.deepEqual(seen, bare))
}

/** Returns result and name of every test, sorted, because files run concurrently. */
async function results(suite: string, options: string): Promise<string[]> {
  const args = ['--test', '--test-concurrency=2', '--test-reporter=tap', 'test/**/*.test.js']
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_OPTIONS: options }
  const child = spawn(process.execPath, args, { cwd: suite, env, stdio: ['ignore', 'pipe', 'ignore'] })
  process.once('exit', () => child.kill('SIGKILL'))
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk
  const lines = [...text.matchAll(/^ *((?:not )?ok) \d+ (.*)$/gm)].map(
    ([, result, name]) => `${result} ${name}`,
  )
  // Fewer results mean that the suite did not run.
  assert.ok(lines.length > 2000, `only ${lines.length} results`)
  return lines.sort()
}
