/**
 * The whole demonstration: an OTLP sink, an engine, the gateway under `--import @vr/otel/register`, and traffic
 * from the real `openai` client.
 *
 *     node src/start.ts           runs until Ctrl-C
 *     node src/start.ts --once    drives a fixed amount of traffic, prints a summary; exit code 1, with the
 *                                 reason, if anything that should be seen is missing
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { driveMix, SMALL_MIX } from './driver.ts'
import { onEnd, onOrphaned } from './lifetime.ts'
import { type Demo, startDemo } from './start/demo.ts'
import { runOnce } from './start/once.ts'
import { Programs } from './start/programs.ts'

const PAUSE_MS = 2000

const once = readFlags()
const ended = new AbortController()
const programs = new Programs((sentence) => {
  fail(sentence)
  ended.abort()
})

function readFlags(): boolean {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values.once
  } catch (error) {
    console.error(`${String(error)}\nusage: start.ts [--once]`)
    process.exit(1)
  }
}

async function run(): Promise<void> {
  const demo = await startDemo(programs)
  if (once) {
    const problems = await runOnce(demo, console.log)
    for (const problem of problems) fail(problem)
    return
  }
  describe(demo)
  while (!ended.signal.aborted) {
    await driveMix(`${demo.gatewayUrl}/v1`, SMALL_MIX).catch((error: unknown) => {
      if (!ended.signal.aborted) console.error(`a request failed: ${String(error)}`)
    })
    await delay(PAUSE_MS, undefined, { signal: ended.signal }).catch(() => undefined)
  }
}

function describe(demo: Demo): void {
  console.log(`gateway   ${demo.gatewayUrl}/v1/responses, /v1/chat/completions, /v1/models`)
  console.log(`metrics   ${demo.metricsUrl}`)
  console.log(`          with exemplars: curl -H 'accept: application/openmetrics-text' ${demo.metricsUrl}`)
  console.log(`traces    ${demo.sinkUrl}/traces and /traces/<trace id>`)
  console.log(`engine    ${demo.engineUrl}/metrics`)
  console.log(
    'There is a little traffic all the time; one MCP server fails on purpose. Ctrl-C ends everything.',
  )
}

function fail(sentence: string): void {
  console.error(`failed: ${sentence}`)
  process.exitCode = 1
}

async function end(): Promise<void> {
  ended.abort()
  for (const killed of await programs.end()) fail(killed)
}

onEnd(end)
onOrphaned(end)
try {
  await run()
} catch (error) {
  if (!ended.signal.aborted || once) fail(error instanceof Error ? error.message : String(error))
} finally {
  await end()
}
