import { createRequire } from 'node:module'
import { createNoopMeter } from '@opentelemetry/api'
import {
  observeToolCall as observeCall,
  observeMcpStartup as observeStartup,
  recordToolCallRequested as recordRequested,
  type StreamOutcome,
  type ToolType,
  setStreamOutcome as tellOutcome,
  setRoute as tellRoute,
} from '@vr/otel-instruments'
import type { OtelOptions } from './config/options.ts'
import { instance, type OtelHandle, type RequestHandler } from './lifecycle/instance.ts'
import { writeToStderr } from './logging/write-to-stderr.ts'
import { unsupportedLine } from './runtime.ts'

/**
 * Starts telemetry from code; the same as `--import @vr/otel/register`, which should be preferred: what was loaded
 * or has happened before this call is not seen by all instrumentation.
 * @param options settings by name; they win over variables
 * @returns the handle of the process's one instance: a second call gives the first one's
 * @throws Error with every unusable setting if `VR_OTEL_STRICT` is on
 */
export function startOtel(options: OtelOptions = {}): OtelHandle {
  if (!process.features.require_module) return startedBefore()
  // Loaded here, so that the functions below cost an application nothing where telemetry is not started.
  const { start } = createRequire(import.meta.url)('./start.js') as typeof import('./start.ts')
  return start(options)
}

/** What the flag has started, where Node is run with `--no-experimental-require-module`; else nothing, and a line says so. */
function startedBefore(): OtelHandle {
  const running = instance()
  if (running !== undefined) return running.handle
  writeToStderr(
    unsupportedLine(
      'startOtel() needs require(esm); use --import @vr/otel/register with --no-experimental-require-module',
    ),
  )
  return {
    meterProvider: { getMeter: () => createNoopMeter() },
    settings: {},
    forceFlush: async () => {},
    shutdown: async () => {},
  }
}

/**
 * Counts a tool call that the model asks for, whoever will run it.
 * @param toolType any other text counts as `other`
 */
export function recordToolCallRequested(toolType: ToolType): void {
  const instruments = instance()?.instruments
  if (instruments !== undefined) recordRequested(instruments, toolType)
}

/**
 * Runs a tool call and counts it: executed and its duration, and an error if `run` throws or rejects, or if its
 * result says that it failed (`isError: true`, `status: 'failed'`). A call that gives a promise ends when that settles; one
 * that gives a query, which runs when it is awaited, ends with that. Only calls `run` while telemetry is off.
 * @returns the very value that `run` returns; what it throws is thrown
 */
export function observeToolCall<Result>(toolType: ToolType, run: () => Result): Result {
  const instruments = instance()?.instruments
  return instruments === undefined ? run() : observeCall(instruments, toolType, run)
}

/**
 * Runs the start of an MCP server and counts it: `ok` once `run` has answered, `error` if it throws or rejects, or
 * if its result is an empty list of tools (an array, or an object whose `tools` is one).
 * Only calls `run` while telemetry is off.
 * @param serverLabel the operator's name for the server: one of a few, never a value from a request
 * @returns the very value that `run` returns; what it throws is thrown
 */
export function observeMcpStartup<Result>(serverLabel: string, run: () => Result): Result {
  const instruments = instance()?.instruments
  return instruments === undefined ? run() : observeStartup(instruments, serverLabel, run)
}

/**
 * Tells the route template of a request where no known framework does.
 * @param request of `node:http`
 * @param template such as `/users/{id}`; never the path itself, which would have no bound
 */
export function setRoute(request: object, template: string): void {
  tellRoute(request, template)
}

/**
 * Tells how an event stream ends, where the application knows better than the connection shows; before it ends.
 * @param response of `node:http`, or its request
 */
export function setStreamOutcome(response: object, outcome: StreamOutcome): void {
  tellOutcome(response, outcome)
}

/**
 * Answers a scrape, for an application that mounts the endpoint itself (with `VR_METRICS_EXPORTER` at its
 * default); 503 while telemetry is off.
 */
export const metricsHandler: RequestHandler = (request, response) => {
  const handler = instance()?.metricsHandler
  if (handler !== undefined) return handler(request, response)
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' })
  response.end('telemetry is not started\n')
}
