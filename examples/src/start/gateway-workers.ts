/** Checks the metrics of a gateway that runs in several processes. */
import type { ExpectedSample } from '../load-generator/expected-samples.ts'
import { poll } from './poll.ts'
import { differences, type Scrape, scrape } from './scrape.ts'
import type { Demo } from './start-demo.ts'

const TIMEOUT_MS = 30_000

/**
 * Returns the samples of the starts of the MCP servers: each worker starts its own. The labels are derived from the commands;
 * see `start-demo.ts`.
 *
 * @param replaced number of workers that were replaced
 */
export function mcpStartups({ workerPids }: Demo, replaced: number): ExpectedSample[] {
  const value = Math.max(workerPids.length, 1) + replaced
  const name = 'mcp_server_startup_total'
  return [
    { name, labels: { server_label: 'mcp-server.ts', status: 'ok' }, value },
    { name, labels: { server_label: 'missing-mcp-server', status: 'error' }, value },
  ]
}

/** Scrapes until the samples are as expected, for at most 30 s. Returns the last scrape. */
export function scrapeUntilEqual(expected: readonly ExpectedSample[], demo: Demo): Promise<Scrape> {
  return poll(
    () => scrape(demo.metricsUrl),
    (answer) => differences(expected, answer, demo.prefix).length === 0,
    TIMEOUT_MS,
  )
}

/**
 * Kills a worker by SIGKILL when the metrics include all that was sent, and waits for its successor, which starts the MCP
 * servers before it listens. Returns a message for each difference of a series, before or after.
 */
export async function replaceWorker(
  demo: Demo,
  pid: number,
  sent: readonly ExpectedSample[],
): Promise<string[]> {
  const before = [...sent, ...mcpStartups(demo, 0)]
  const wrong = differences(before, await scrapeUntilEqual(before, demo), demo.prefix)
  if (wrong.length > 0) return wrong
  process.kill(pid, 'SIGKILL')
  const after = [...sent, ...mcpStartups(demo, 1)]
  return differences(after, await scrapeUntilEqual(after, demo), demo.prefix)
}

/** Scrapes each worker: the primary distributes new connections in turn. Returns a message for each difference of a series. */
export async function differencesOfWorkers(
  expected: readonly ExpectedSample[],
  demo: Demo,
): Promise<string[]> {
  const wrong: string[] = []
  for (const _worker of demo.workerPids) {
    const scraped = await scrape(demo.metricsUrl, { connection: 'close' })
    wrong.push(...differences(expected, scraped, demo.prefix))
  }
  return wrong
}
