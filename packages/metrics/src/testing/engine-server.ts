import http, { type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DiagConsoleLogger } from '@opentelemetry/api'
import { onTestFinished } from 'vitest'
import { EngineMetrics, type EngineMetricsOptions } from '../engine/engine-metrics.ts'
import { setLogger } from '../logger.ts'
import { ManualClock } from './manual-clock.ts'

/** Content-Type of the text format. */
export const TEXT = 'text/plain; version=0.0.4; charset=utf-8'

/** Content-Type of OpenMetrics. */
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** Starts an engine on the loopback interface; it stops when the test has finished. */
export async function serveEngine(listener: RequestListener): Promise<URL> {
  const server = http.createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
}

/** Sends an exposition as a complete response. */
export function respond(response: ServerResponse, body: string | Buffer, type = TEXT): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body)
}

/** Creates the metrics of engines with a deadline of 2 s and without filters. Time does not pass, unless `options` have a clock. */
export function openEngines(
  urls: Readonly<Record<string, URL>>,
  options: Partial<EngineMetricsOptions> = {},
): EngineMetrics {
  const upstreams = Object.entries(urls).map(([name, url]) => ({ name, url }))
  const engines = new EngineMetrics({
    upstreams,
    include: [],
    exclude: [],
    labels: {},
    timeoutMs: 2000,
    clock: new ManualClock(),
    ...options,
  })
  onTestFinished(() => engines.close())
  return engines
}

/** Records what the package logs during the test, with its level. */
export function recordLog(): string[] {
  const lines: string[] = []
  const record =
    (level: string) =>
    (...parts: unknown[]): void => {
      lines.push(`${level} ${parts.join(' ')}`)
    }
  setLogger(
    Object.assign(new DiagConsoleLogger(), {
      error: record('error'),
      warn: record('warn'),
      info: record('info'),
      debug: record('debug'),
      verbose: record('verbose'),
    }),
  )
  onTestFinished(() => setLogger(undefined))
  return lines
}
