import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const FOLDER = new URL('..', import.meta.url)

const FLAG = ['--import', '@vr/otel/register']

/** Documented Node options that change how modules are resolved, loaded or run. */
const OPTIONS = [
  '--no-experimental-require-module',
  '--no-experimental-detect-module',
  '--no-experimental-strip-types',
  '--no-experimental-global-navigator',
  '--experimental-default-type=module',
  '--experimental-vm-modules',
  '--experimental-import-meta-resolve',
  '--experimental-wasm-modules',
  '--experimental-loader=./apps/empty-loader.mjs',
  '--preserve-symlinks',
  '--preserve-symlinks-main',
  '--conditions=development',
  '--conditions=require',
  '--no-global-search-paths',
  '--no-addons',
  '--frozen-intrinsics',
  '--disallow-code-generation-from-strings',
  '--enable-source-maps',
  '--experimental-transform-types',
  '--permission --allow-fs-read=*',
]

describe.each(OPTIONS)('with %s', (option) => {
  // Other versions of Node lack some of them.
  const isKnown = spawnSync(process.execPath, [...option.split(' '), '-e', '0'], { cwd: FOLDER }).status === 0

  it.skipIf(!isKnown).each(['plain.mjs', 'plain.cjs'])('measures the requests of %s', async (file) => {
    const app = new RunningApp(file, { execArgv: [...option.split(' '), ...FLAG] })
    const url = await app.url()
    await (await fetch(url)).text()
    const scraped = await scrape(`${url}/metrics`)
    expect(scraped.values('http_requests_total')).toEqual({ 'method=GET,route=unmatched,status=200': 1 })
    expect(await app.kill()).toEqual({ code: null, signal: 'SIGTERM' })
  })
})

it('without require(esm), `--require` runs the application and logs why it is not measured', async () => {
  const execArgv = ['--no-experimental-require-module', '--require', '@vr/otel/register']
  const app = new RunningApp('silent.mjs', { execArgv })
  expect(await app.exit()).toEqual({ code: 0, signal: null })
  expect(app.stderr).toMatch(
    /^@vr\/otel: .*cannot require ES modules; the application runs without telemetry; use --import with Node 22.15 or later\n$/,
  )
})

it.each([
  ['VR_OTEL_DISABLED', 'on', false],
  ['OTEL_SDK_DISABLED', 'TRUE', false],
  ['OTEL_SDK_DISABLED', '1', true],
])('without require(esm), `--require` with %s=%s logs: %s', async (key, value, logs) => {
  const execArgv = ['--no-experimental-require-module', '--require', '@vr/otel/register']
  const app = new RunningApp('silent.mjs', { execArgv, env: { [key]: value } })
  expect(await app.exit()).toEqual({ code: 0, signal: null })
  expect(app.stderr !== '').toBe(logs)
})

it.each([
  [
    [],
    /startOtel\(\) does not work with --no-experimental-require-module; .*; start it with --import @vr\/otel\/register\n$/,
  ],
  [FLAG, /^$/],
])('without require(esm), `startOtel` does not throw, with %j', (flag, expected) => {
  const script = `const { startOtel } = await import('@vr/otel')
    await startOtel().forceFlush()
    console.log(Object.keys(startOtel().settings).length > 0)`
  const options = ['--no-experimental-require-module', ...flag, '--input-type=module', '-e', script]
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { cwd: FOLDER, encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${flag.length > 0}\n` })
  expect(stderr).toMatch(expected)
})
