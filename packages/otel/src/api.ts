import { createRequire } from 'node:module'
import { createNoopMeter } from '@opentelemetry/api'
import {
  observeMcpStartup as observeStartup,
  observeToolCall as observeTool,
  recordToolCallRequested as recordRequested,
  type StreamOutcome,
  setStreamOutcome as setOutcome,
  setRoute as setTemplate,
  type ToolCallOptions,
  type ToolType,
} from '@vr/otel-instruments'
import type { OtelOptions } from './config/options.ts'
import { instance } from './lifecycle/instance.ts'
import type { OtelHandle, RequestHandler } from './lifecycle/otel-handle.ts'
import { writeToStderr } from './logging/write-to-stderr.ts'
import { unsupportedLine } from './runtime.ts'

/**
 * Starts telemetry from code. Prefer `node --import @vr/otel/register`: modules that were loaded before this call, and servers
 * that already listen, are instrumented only in part.
 * @example
 * const otel = startOtel({ metricsPort: 9464, tracingEnabled: true })
 * // …
 * await otel.shutdown()
 * @param options take precedence over environment variables
 * @returns the handle of the running instance; later calls return the handle of the first until it is shut down
 * @throws Error with all invalid settings, if `VR_OTEL_STRICT` is on
 */
export function startOtel(options: OtelOptions = {}): OtelHandle {
  if (!process.features.require_module) return runningOrNoop()
  // Loaded on demand: importing this module is cheap while telemetry is off.
  const { start } = createRequire(import.meta.url)('./start.js') as typeof import('./start.ts')
  return start(options)
}

/**
 * Returns the handle of the instance that `--import` started. If there is none, logs a warning and returns a no-op handle:
 * `start.ts` cannot be loaded synchronously with `--no-experimental-require-module`.
 */
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
 * Counts a tool call that the model requests, whether the gateway or the engine executes it. Does nothing while telemetry is
 * off.
 * @param toolType other values are counted as `other`
 */
export function recordToolCallRequested(toolType: ToolType): void {
  const instruments = instance()?.instruments
  if (instruments !== undefined) recordRequested(instruments, toolType)
}

/**
 * Runs a tool call and counts it as executed, with its duration. Counts an error if `run` throws or rejects, or if its result
 * reports a failure (`isError: true` or `status: 'failed'`). An asynchronous call ends when its promise settles. A lazy
 * thenable, such as a database query, ends when it has been awaited. Only calls `run` while telemetry is off.
 * @example
 * const result = await observeToolCall('function', () => getWeather(city), { name: 'get_weather' })
 * @param toolType other values are counted as `other`
 * @param options the name of the tool and the id of the call
 * @returns the value that `run` returns, unchanged; exceptions of `run` are rethrown
 */
export function observeToolCall<Result>(
  toolType: ToolType,
  run: () => Result,
  options?: ToolCallOptions,
): Result {
  const instruments = instance()?.instruments
  return instruments === undefined ? run() : observeTool(instruments, toolType, run, options)
}

/**
 * Runs the start-up of an MCP server and counts it, with its duration: as `error` if `run` throws or rejects, or if its result
 * is an empty list of tools (an array, or an object with an array `tools`); otherwise as `ok`. Only calls `run` while
 * telemetry is off.
 * @example
 * const tools = await observeMcpStartup('github', () => client.listTools())
 * @param serverLabel a name from your configuration (low cardinality), never a value from a request
 * @returns the value that `run` returns, unchanged; exceptions of `run` are rethrown
 */
export function observeMcpStartup<Result>(serverLabel: string, run: () => Result): Result {
  const instruments = instance()?.instruments
  return instruments === undefined ? run() : observeStartup(instruments, serverLabel, run)
}

/**
 * Sets the route template of a request that no supported framework handles. It takes precedence over the route of a framework
 * and over `VR_METRICS_ROUTES`. Call it before the response ends; the last call counts.
 * @example
 * setRoute(request, '/users/{id}')
 * @param request the request object of `node:http`
 * @param template the route template, never the requested path (high cardinality)
 */
export function setRoute(request: object, template: string): void {
  setTemplate(request, template)
}

/**
 * Sets the outcome of an event stream. It takes precedence over the outcome that is derived from the events. Call it before
 * the response ends.
 * @example
 * setStreamOutcome(response, 'upstream_error')
 * @param response the response object of `node:http`, or its request
 */
export function setStreamOutcome(response: object, outcome: StreamOutcome): void {
  setOutcome(response, outcome)
}

/**
 * Responds to a scrape. Use it to mount the metrics endpoint in your own server. Requires the exporter `prometheus` in
 * `VR_METRICS_EXPORTER` (the default). Responds with status 503 while telemetry is off.
 * @example
 * http.createServer(metricsHandler).listen(9464, '127.0.0.1')
 */
export const metricsHandler: RequestHandler = (request, response) => {
  const handler = instance()?.metricsHandler
  if (handler !== undefined) return handler(request, response)
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' })
  response.end('telemetry is not started\n')
}
