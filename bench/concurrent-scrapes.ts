/**
 * Longest event loop block while many clients read a scrape of about 30 MB, or connect and do not read it.
 *
 *   npm run bench -- concurrent-scrapes [series]
 *
 * The clients run in another process. "block" is the maximum CPU time of the main thread between two turns of the event
 * loop. With one client, it is the cost of collecting and formatting. "other scrape" is the duration of a scrape from
 * another address during the test, or `-` if it failed.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import type { ClientGroup, GroupResult } from './scrape-clients.ts'

const SERIES = Number(process.argv[2] ?? 300_000) || 300_000
const SERIES_PER_INSTRUMENT = 1000
const NOT_READING = { bytesPerSecond: 0, gzip: false }
const FAST = { bytesPerSecond: Number.POSITIVE_INFINITY, gzip: false }

const GROUPS: Readonly<Record<string, ClientGroup>> = {
  '1 client': { ...FAST, count: 1, perAddress: 1 },
  '50 clients': { ...FAST, count: 50, perAddress: 5 },
  '50 clients, gzip': { ...FAST, gzip: true, count: 50, perAddress: 5 },
  '4 clients at 8 MB/s': { ...FAST, bytesPerSecond: 8_000_000, count: 4, perAddress: 4 },
  '200 not reading, 1 address': { ...NOT_READING, count: 200, perAddress: 200 },
  '200 not reading, 25 addresses': { ...NOT_READING, count: 200, perAddress: 8 },
}

const reader = new PrometheusReader()
const provider = new MeterProvider({ readers: [reader] })
for (let series = 0; series < SERIES; series += 1) {
  const counter = provider
    .getMeter('bench')
    .createCounter(`requests.${Math.floor(series / SERIES_PER_INSTRUMENT)}`)
  counter.add(series, { method: 'GET', route: `/v1/a/rather/long/path/of/things/${series}`, status: '200' })
}
const server = createServer(reader.handler)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const clients = fork(fileURLToPath(new URL('scrape-clients.ts', import.meta.url)), [
  `${(server.address() as AddressInfo).port}`,
])

/** Returns the maximum CPU milliseconds of the main thread between two event loop turns, until `done` settles. */
async function longestBlock(done: Promise<unknown>): Promise<number> {
  let isDone = false
  void done.then(() => {
    isDone = true
  })
  let longest = 0
  while (!isDone) {
    const before = process.threadCpuUsage()
    await setImmediate()
    const { user, system } = process.threadCpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
  }
  return longest
}

async function measure(group: ClientGroup): Promise<readonly [block: number, result: GroupResult]> {
  clients.send(group)
  const answered = once(clients, 'message')
  const block = await longestBlock(answered)
  const [result] = (await answered) as [GroupResult]
  return [block, result]
}

await measure(GROUPS['1 client'] as ClientGroup) // warm-up: formats and caches the labels
printRow('clients', ['block ms', 'complete', 'rejected', 'incomplete', 'other scrape ms', 'MB'])
for (const [name, group] of Object.entries(GROUPS)) {
  const [block, result] = await measure(group)
  printRow(name, [
    block.toFixed(1),
    result.complete,
    result.rejected,
    result.incomplete,
    result.otherScrapeMs?.toFixed(0) ?? '-',
    (result.bytes / 1e6).toFixed(1),
  ])
}
clients.disconnect()
server.closeAllConnections()
server.close()

function printRow(name: string, cells: readonly (string | number)[]): void {
  console.log(`${name.padEnd(30)} ${cells.map((cell) => `${cell}`.padStart(15)).join(' ')}`)
}
