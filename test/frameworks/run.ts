/**
 * Runs real frameworks without and with the flag: `node test/frameworks/run.ts [NAME]`. The responses must be equal, and the
 * scrape must have exactly the requests that the application logged itself. Frameworks are installed outside the repository
 * and kept for the next run.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Checks } from '../packed/checks.ts'
import { APPLICATIONS, type Application } from './applications.ts'
import { assertOneServerSpanPerRequest } from './assert-server-spans.ts'
import { bundle } from './bundle.ts'
import { checkLlmCalls } from './check-llm-calls.ts'
import { checkWebSockets } from './check-websockets.ts'
import { startEngine } from './engine.ts'
import { entryFile, type ModuleSystem } from './entry-file.ts'
import { expectedSamples, scrapedSamples } from './expected-samples.ts'
import { LOADED, LOADERS, type Loader } from './loaders.ts'
import { buildNext, otherNode, project } from './projects.ts'
import { FLAGS, type LoggedRequest, RunningApplication } from './running-application.ts'
import { type Answer, drive } from './traffic.ts'

/** The oldest supported Node, whose module hooks have crashed applications. */
const OLDEST = '22.15.0'

const SYSTEMS: readonly ModuleSystem[] = ['esm', 'cjs']

const ENGINE_URL = await startEngine()

const checks = new Checks()
const pattern = process.argv[2] ?? ''
const wanted = APPLICATIONS.filter(({ name }) => name.includes(pattern))
const loaded = LOADERS.flatMap((loader) => LOADED.map((application) => ({ loader, application }))).filter(
  ({ loader, application }) => `${application.name}, ${loader.name}`.includes(pattern),
)
const folders = new Map<string, string>()
for (const name of new Set(
  [...wanted, ...loaded.map(({ application }) => application)].map(({ project }) => project),
)) {
  const folder = await checks.check(`packages of ${name} install`, () => project(name))
  if (folder !== undefined) folders.set(name, folder)
}
const next = folders.get('next')
if (next !== undefined) {
  const built = await checks.check('Next builds its application', () => buildNext(next).then(() => true))
  if (built === undefined) folders.delete('next')
}
const oldest = await checks.check(`Node ${OLDEST} installs`, () => otherNode(OLDEST))

for (const application of wanted) {
  const folder = folders.get(application.project)
  if (folder === undefined) continue
  for (const system of SYSTEMS) {
    const file = `start-${application.app}.${system === 'esm' ? 'mjs' : 'cjs'}`
    writeFileSync(join(folder, file), entryFile(application, system))
    await conforms(application, system, folder, file, process.execPath, '')
    if (oldest !== undefined && !application.publishes) {
      await conforms(application, system, folder, file, oldest, `, Node ${OLDEST}`)
    }
    await conformsBundled(application, system, folder, file)
    if (!application.hasTracer) continue
    await checks.check(`${application.name}, ${system}, has one server span per request`, () =>
      assertOneServerSpanPerRequest(application, (env) =>
        RunningApplication.start(process.execPath, FLAGS[system], folder, file, {
          ...envOf(application),
          ...env,
        }),
      ),
    )
  }
}
for (const { loader, application } of loaded) {
  await conformsLoaded(application, loader, process.execPath, '')
  if (oldest !== undefined && loader.isOnOldest) {
    await conformsLoaded(application, loader, oldest, `, Node ${OLDEST}`)
  }
}
const nodes = {
  '': process.execPath,
  ...(oldest === undefined ? {} : { [`, Node ${OLDEST}`]: oldest }),
}
await checkWebSockets(checks, pattern, nodes)
await checkLlmCalls(checks, pattern, nodes)
console.log(checks.summary())
process.exitCode = checks.areGood ? 0 : 1

async function conforms(
  application: Application,
  system: ModuleSystem,
  folder: string,
  file: string,
  node: string,
  where: string,
): Promise<void> {
  await checks.check(`${application.name}, ${system}${where}`, async () => {
    const start = (flags: readonly string[]) =>
      RunningApplication.start(node, flags, folder, file, envOf(application))
    await compareRuns(application, start, system, (rows) => rows)
  })
}

/** Checks an application that a loader compiles, in both orders of loader and flag. */
async function conformsLoaded(
  application: Application,
  loader: Loader,
  node: string,
  where: string,
): Promise<void> {
  const folder = folders.get(application.project)
  if (folder === undefined) return
  const { name, system, ending, options, program } = loader
  const file = `start-${application.app}.${ending}`
  writeFileSync(join(folder, file), entryFile(application, system))
  const env = { ...envOf(application), NODE_NO_WARNINGS: '1' }
  for (const [i, flagged] of loader.flagged.entries()) {
    const order = loader.flagged.length === 1 ? '' : i === 0 ? ' after the flag' : ' before the flag'
    await checks.check(`${application.name}, ${system}, ${name}${order}${where}`, async () => {
      const start = (flags: readonly string[]) => {
        const all = flags.length === 0 ? options : flagged
        return program === undefined
          ? RunningApplication.start(node, all, folder, file, env)
          : RunningApplication.start(node, all, folder, program, env, [file])
      }
      await compareRuns(application, start, system, (rows) => rows)
    })
  }
}

/** Checks a bundled application: routes are known only if the framework publishes them. */
async function conformsBundled(
  application: Application,
  system: ModuleSystem,
  folder: string,
  file: string,
): Promise<void> {
  if (!application.bundled) return
  await checks.check(`${application.name}, ${system}, bundled by esbuild`, async () => {
    const bundled = await bundle(folder, file, system)
    const start = (flags: readonly string[]) =>
      RunningApplication.start(process.execPath, flags, folder, bundled, envOf(application))
    const unmatched = (rows: readonly LoggedRequest[]) => rows.map((row) => ({ ...row, route: 'unmatched' }))
    await compareRuns(application, start, system, application.publishes ? (rows) => rows : unmatched)
  })
}

function envOf({ thrown = 'server_error' }: Application): NodeJS.ProcessEnv {
  return { ENGINE_URL, OUTCOME_OF_THROW: thrown }
}

/** Runs an application without and with the flag, and compares responses, output and metrics. */
async function compareRuns(
  application: Application,
  start: (flags: readonly string[]) => Promise<RunningApplication>,
  system: ModuleSystem,
  expectedRows: (rows: readonly LoggedRequest[]) => readonly LoggedRequest[],
): Promise<void> {
  const bare = await use(await start([]), async (running) => {
    const answers = await drive(running.origin, application)
    await running.requestLog(answers.length) // its output is complete then
    return answers
  })
  const withFlag = await use(await start(FLAGS[system]), async (running) => {
    const answers = await drive(running.origin, application)
    const rows = await running.requestLog(answers.length)
    const text = await (await fetch(`${running.origin}/metrics`)).text()
    assert.deepEqual(scrapedSamples(text), expectedSamples(expectedRows(rows)))
    return answers
  })
  assert.deepEqual(withFlag.result, bare.result)
  assert.equal(withFlag.output, bare.output)
}

async function use(
  running: RunningApplication,
  run: (running: RunningApplication) => Promise<readonly Answer[]>,
): Promise<{ result: readonly Answer[]; output: string }> {
  let result: readonly Answer[]
  try {
    result = await run(running)
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${running.output}`)
  } finally {
    await running.stop()
  }
  return { result, output: running.output }
}
