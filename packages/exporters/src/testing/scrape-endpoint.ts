import type { CollectionResult } from '@opentelemetry/sdk-metrics'
import { afterEach } from 'vitest'
import { createHandler } from '../prometheus/http/handler.ts'
import { ScrapeCoordinator } from '../prometheus/scrape/scrape-coordinator.ts'
import { type Loopback, serve } from './loopback.ts'
import { collection, counter, gauge, PLAIN, point, resourceMetrics } from './metric-data.ts'

/** A collection of two series, and its exposition in text 0.0.4. */
export const SMALL = collection(resourceMetrics([counter('c', [point(1)]), gauge('g', [point(2)])]))
export const SMALL_TEXT = '# TYPE c_total counter\nc_total 1\n# TYPE g gauge\ng 2\n'

/** The result of a scrape. */
export type Collect = (options: { timeoutMillis: number }) => Promise<CollectionResult>

const running: Loopback[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

/** Starts a test server until the end of the test, and returns its port. */
export async function serveUntilEnd(...listener: Parameters<typeof serve>): Promise<number> {
  const server = await serve(...listener)
  running.push(server)
  return server.port
}

/** Starts a metrics endpoint until the end of the test, and returns its port. */
export function startEndpoint(collect: Collect, token?: string): Promise<number> {
  return serveUntilEnd(createHandler(new ScrapeCoordinator(collect, PLAIN), token))
}
