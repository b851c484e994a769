/**
 * Runs `@modelcontextprotocol/conformance` on a server and a client of the MCP SDK, without the flag and under it: `node
 * test/frameworks/mcp-conformance.ts`. Every check of every scenario has the same result.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentOf, MODES, type Mode } from '../compatibility/modes.ts'
import { Checks } from '../packed/checks.ts'
import { run, withServer } from '../packed/program.ts'
import { project } from './projects.ts'

/** Those whose client needs no authorization server. */
const CLIENT_SCENARIOS = ['initialize', 'tools_call', 'elicitation-sep1034-client-defaults', 'sse-retry']

/** A check of a scenario and its result. Checks of the suite that only record a message are left out. */
type Row = string

const collector = createServer((request, response) => request.resume().on('end', () => response.end()))
collector.listen(0, '127.0.0.1')
await once(collector, 'listening')
const { port } = collector.address() as AddressInfo

const checks = new Checks()
const folder = await checks.check('packages of mcp-conformance install', () => project('mcp-conformance'))
if (folder !== undefined) await compare(folder)
collector.close()
console.log(checks.summary())
process.exitCode = checks.areGood ? 0 : 1

async function compare(folder: string): Promise<void> {
  const bare = await checks.check('the suite runs without the flag', () => results(folder, undefined))
  if (bare === undefined) return
  const failed = bare.filter((row) => !row.endsWith('SUCCESS')).length
  console.log(`${bare.length} results without the flag, ${failed} of them no success`)
  for (const mode of MODES) {
    await checks.check(`every check has the same result, ${mode}`, async () => {
      assert.deepEqual(await results(folder, mode), bare)
    })
  }
}

async function results(folder: string, mode: Mode | undefined): Promise<Row[]> {
  const rows = [...(await serverResults(folder, mode)), ...(await clientResults(folder, mode))].sort()
  // Fewer would mean that the suite did not run.
  assert.ok(rows.length >= 30, `only ${rows.length} results`)
  return rows
}

async function serverResults(folder: string, mode: Mode | undefined): Promise<Row[]> {
  const env = environmentOf(mode, port) as Record<string, string>
  let rows: Row[] = []
  await withServer(process.execPath, ['mcp-server.cjs'], { cwd: folder, env }, async (url) => {
    rows = await conformance(folder, ['server', '--url', url.slice(url.lastIndexOf('http'))])
  })
  return rows
}

/** The suite itself runs without the flag: it starts the client with it. */
async function clientResults(folder: string, mode: Mode | undefined): Promise<Row[]> {
  const env = Object.entries(environmentOf(mode, port)).filter(([name]) =>
    /^(NODE_OPTIONS|VR_.*)$/.test(name),
  )
  const command = [
    'env',
    ...env.map(([name, value]) => `${name}=${value}`),
    process.execPath,
    'mcp-client.cjs',
  ]
  const rows: Row[] = []
  for (const scenario of CLIENT_SCENARIOS) {
    rows.push(
      ...(await conformance(folder, ['client', '--command', command.join(' '), '--scenario', scenario])),
    )
  }
  return rows
}

async function conformance(folder: string, args: readonly string[]): Promise<Row[]> {
  const output = mkdtempSync(join(tmpdir(), 'vr-otel-conformance-'))
  const file = join(folder, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
  const { stdout, stderr } = await run(process.execPath, [file, ...args, '--output-dir', output], {
    cwd: folder,
  })
  const rows = readdirSync(output, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('checks.json'))
    .flatMap((path) => rowsOf(scenarioOf(path), readFileSync(join(output, path), 'utf8')))
  rmSync(output, { recursive: true })
  assert.ok(rows.length > 0, `no result of ${args.join(' ')}:\n${stdout}\n${stderr}`)
  return rows
}

/** A folder of results is named for its scenario, with the time of the run behind it. */
function scenarioOf(path: string): string {
  return path.replace(/-\d{4}-\d{2}-\d{2}T.*$/, '')
}

interface SuiteCheck {
  readonly id: string
  readonly status: string
  readonly details?: { readonly tooEarly?: boolean }
}

function rowsOf(scenario: string, text: string): Row[] {
  const found = JSON.parse(text) as readonly SuiteCheck[]
  return found
    .filter(({ status }) => status !== 'INFO')
    .map((check) => `${scenario}: ${check.id}: ${statusOf(check)}`)
}

/** Of a client that waits before it reconnects, only whether it is too early: the load of the machine makes it late. */
function statusOf({ status, details }: SuiteCheck): string {
  if (details?.tooEarly === undefined) return status
  return details.tooEarly ? 'FAILURE' : 'SUCCESS'
}
