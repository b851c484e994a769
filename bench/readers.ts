/**
 * Longest block of the event loop while a scrape of about 30 MB is read by many clients, or is not read.
 *
 *   npm run bench -- readers [series]
 *
 * The clients run in a process of their own. "block" is the most CPU time of the main thread between two turns of the
 * event loop; with one reader, that is what collecting and writing the text cost. A scrape from another address runs
 * beside each crowd; "beside" is how long it takes, `-` if it failed.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { PrometheusReader } from '@vr/otel-exporters'
import { MeterProvider } from '@vr/otel-metrics'
import type { Crowd, CrowdResult } from './readers-clients.ts'

const SERIES = Number(process.argv[2] ?? 300_000) || 300_000
const SERIES_PER_INSTRUMENT = 1000
const STUCK = { bytesPerSecond: 0, gzip: false }
const FAST = { bytesPerSecond: Number.POSITIVE_INFINITY, gzip: false }

const CROWDS: Readonly<Record<string, Crowd>> = {
  '1 reader': { ...FAST, count: 1, perAddress: 1 },
  '50 readers': { ...FAST, count: 50, perAddress: 5 },
  '50 readers, gzip': { ...FAST, gzip: true, count: 50, perAddress: 5 },
  '4 readers at 8 MB/s': { ...FAST, bytesPerSecond: 8_000_000, count: 4, perAddress: 4 },
  '200 stuck, one address': { ...STUCK, count: 200, perAddress: 200 },
  '200 stuck, 25 addresses': { ...STUCK, count: 200, perAddress: 8 },
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
const clients = fork(fileURLToPath(new URL('readers-clients.ts', import.meta.url)), [
  `${(server.address() as AddressInfo).port}`,
])

/** The most CPU time of the main thread between two turns of the event loop until `done` settles, in milliseconds. */
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

async function measure(crowd: Crowd): Promise<readonly [block: number, result: CrowdResult]> {
  clients.send(crowd)
  const answered = once(clients, 'message')
  const block = await longestBlock(answered)
  const [result] = (await answered) as [CrowdResult]
  return [block, result]
}

await measure(CROWDS['1 reader'] as Crowd) // labels become text
console.log(`${'crowd'.padEnd(26)} block ms  answered  refused  unread  beside ms       MB`)
for (const [name, crowd] of Object.entries(CROWDS)) {
  const [block, { whole, refused, unread, besideMs, bytes }] = await measure(crowd)
  const cells = [
    block.toFixed(1),
    whole,
    refused,
    unread,
    besideMs?.toFixed(0) ?? '-',
    (bytes / 1e6).toFixed(1),
  ]
  console.log(`${name.padEnd(26)} ${cells.map((cell) => `${cell}`.padStart(8)).join(' ')}`)
}
clients.disconnect()
server.closeAllConnections()
server.close()
