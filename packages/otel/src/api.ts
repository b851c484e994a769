import { createRequire } from 'node:module'
import { createNoopMeter } from '@opentelemetry/api'
import {
  observeMcpStartup as observeStartup,
  observeToolCall as observeTool,
  recordToolCallRequested as recordRequested,
  type StreamOutcome,
  setStreamOutcome as setOutcome,
  setRoute as setTemplate,
  type ToolType,
} from '@vr/otel-instruments'
import type { OtelOptions } from './config/options.ts'
import { instance, type OtelHandle, type RequestHandler } from './lifecycle/instance.ts'
import { writeToStderr } from './logging/write-to-stderr.ts'
import { unsupportedLine } from './runtime.ts'

/**
 * Starts telemetry from code. Prefer `node --import=@vr/otel/register`: modules that are loaded before this call, and
 * servers that listen already, are only partly instrumented.
 * @example
 * const otel = startOtel({ metricsPort: 9464, tracingEnabled: true })
 * // …
 * await otel.shutdown()
 * @param options take precedence over environment variables
 * @returns the handle of the running instance; further calls return the same one until it is shut down
 * @throws Error that lists all invalid settings, if `VR_OTEL_STRICT` is on
 */
export function startOtel(options: OtelOptions = {}): OtelHandle {
  if (!process.features.require_module) return runningOrNoop()
  // Loaded on demand: the other functions of this module are cheap to import while telemetry is off.
  const { start } = createRequire(import.meta.url)('./start.js') as typeof import('./start.ts')
  return start(options)
}

/** Returns the instance that the flag started, under `--no-experimental-require-module`; else warns and returns a no-op. */
function runningOrNoop(): OtelHandle {
  const running = instance()
  if (running !== undefined) return running.handle
  writeToStderr(
    unsupportedLine(
      'startOtel() does not work with --no-experimental-require-module',
      'start it with --import @vr/otel/register',
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
 * Counts a tool call that the model requests, whether the gateway or the engine will execute it. Does nothing while
 * telemetry is off.
 * @param toolType any other text is counted as `other`
 */
export function recordToolCallRequested(toolType: ToolType): void {
  const instruments = instance()?.instruments
  if (instruments !== undefined) recordRequested(instruments, toolType)
}

/**
 * Runs a tool call and records it: that it was executed, its duration, and an error if `run` throws or rejects or if the
 * result reports a failure (`isError: true`, `status: 'failed'`). An asynchronous call ends when its promise settles; a
 * lazy thenable, such as a database query, when it is awaited. While telemetry is off, only calls `run`.
 * @example
 * const result = await observeToolCall('web_search', () => search(query))
 * @param toolType any other text is counted as `other`
 * @returns exactly what `run` returns; its exceptions are rethrown
 */
export function observeToolCall<Result>(toolType: ToolType, run: () => Result): Result {
  const instruments = instance()?.instruments
  return instruments === undefined ? run() : observeTool(instruments, toolType, run)
}

/**
 * Runs the start-up of an MCP server and records it: `ok` when `run` succeeds, `error` if it throws or rejects or if the
 * result is an empty list of tools (an array, or an object with an empty array `tools`). While telemetry is off, only
 * calls `run`.
 * @example
 * const tools = await observeMcpStartup('github', () => client.listTools())
 * @param serverLabel a name from the configuration, with few different values; never a value from a request
 * @returns exactly what `run` returns; its exceptions are rethrown
 */
export function observeMcpStartup<Result>(serverLabel: string, run: () => Result): Result {
  const instruments = instance()?.instruments
  return instruments === undefined ? run() : observeStartup(instruments, serverLabel, run)
}

/**
 * Sets the route of a request, for an application without a supported framework. Call it before the response ends.
 * @example
 * setRoute(request, '/users/{id}')
 * @param request the request object of `node:http`
 * @param template the route template; never the requested path, whose number of values has no bound
 */
export function setRoute(request: object, template: string): void {
  setTemplate(request, template)
}

/**
 * Sets the outcome of an event stream, if the application knows more than the bytes on the wire show. Call it before the
 * response ends.
 * @example
 * setStreamOutcome(response, 'upstream_error')
 * @param response the response object of `node:http`, or its request
 */
export function setStreamOutcome(response: object, outcome: StreamOutcome): void {
  setOutcome(response, outcome)
}

/**
 * Answers a scrape, for an application that mounts the metrics endpoint itself. Needs the exporter `prometheus` in
 * `VR_METRICS_EXPORTER` (the default). Answers 503 while telemetry is off.
 * @example
 * http.createServer(metricsHandler).listen(9464, '127.0.0.1')
 */
export const metricsHandler: RequestHandler = (request, response) => {
  const handler = instance()?.metricsHandler
  if (handler !== undefined) return handler(request, response)
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' })
  response.end('telemetry is not started\n')
}
