/**
 * Runs the complete demo: an OTLP receiver, an engine, the gateway with `--import @vr/otel/register`, and traffic from
 * the `openai` client.
 *
 *     node src/start.ts                runs until Ctrl-C
 *     node src/start.ts --workers 4    runs the gateway in four processes
 *     node src/start.ts --once         sends a fixed number of requests and checks the telemetry; exits with
 *                                      code 1 and the reasons if something is missing
 */
import { setTimeout as delay } from 'node:timers/promises'
import { onParentExit, onShutdown } from './lifecycle.ts'
import { SMALL_MIX, sendTraffic } from './load-generator.ts'
import { ChildPrograms } from './start/child-programs.ts'
import { type Flags, parseFlags, USAGE } from './start/flags.ts'
import { runOnce } from './start/run-once.ts'
import { type Demo, startDemo } from './start/start-demo.ts'

const PAUSE_MS = 2000

const { once: isOnce, workers } = flagsOrExit()
const stopped = new AbortController()
const programs = new ChildPrograms((reason) => {
  reportFailure(reason)
  stopped.abort()
})

function flagsOrExit(): Flags {
  try {
    return parseFlags()
  } catch (error) {
    console.error(`${String(error)}\n${USAGE}`)
    process.exit(1)
  }
}

async function run(): Promise<void> {
  const demo = await startDemo(programs, workers)
  if (isOnce) {
    const problems = await runOnce(demo, console.log)
    for (const problem of problems) reportFailure(problem)
    return
  }
  printUrls(demo)
  while (!stopped.signal.aborted) {
    await sendTraffic(`${demo.gatewayUrl}/v1`, SMALL_MIX).catch((error: unknown) => {
      if (!stopped.signal.aborted) console.error(`a request failed: ${String(error)}`)
    })
    await delay(PAUSE_MS, undefined, { signal: stopped.signal }).catch(() => undefined)
  }
}

function printUrls(demo: Demo): void {
  console.log(`gateway   ${demo.gatewayUrl}/v1/responses, /v1/chat/completions, /v1/models`)
  console.log(`metrics   ${demo.metricsUrl}`)
  console.log(`          with exemplars: curl -H 'accept: application/openmetrics-text' ${demo.metricsUrl}`)
  console.log(`traces    ${demo.receiverUrl}/traces and /traces/<trace id>`)
  console.log(`engine    ${demo.engineUrl}/metrics`)
  console.log(
    `Sends requests every ${PAUSE_MS / 1000} s. The MCP server "broken" fails to start on purpose. Press Ctrl-C to stop.`,
  )
}

function reportFailure(reason: string): void {
  console.error(`failed: ${reason}`)
  process.exitCode = 1
}

async function shutDown(): Promise<void> {
  stopped.abort()
  for (const reason of await programs.stop()) reportFailure(reason)
}

onShutdown(shutDown)
onParentExit(shutDown)
try {
  await run()
} catch (error) {
  if (!stopped.signal.aborted || isOnce) reportFailure(error instanceof Error ? error.message : String(error))
} finally {
  await shutDown()
}
