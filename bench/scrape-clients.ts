/**
 * Child process of `concurrent-scrapes.ts`. Each message is a {@link ClientGroup}; the answer is a {@link GroupResult}.
 */
import http from 'node:http'
import { setTimeout } from 'node:timers/promises'

/** Clients that scrape at the same time. */
export interface ClientGroup {
  readonly count: number
  /** Number of clients per source address. */
  readonly perAddress: number
  readonly gzip: boolean
  /** Reading speed of each client; 0 for clients that do not read. */
  readonly bytesPerSecond: number
}

/** Result of a client group, and of another scrape during it. */
export interface GroupResult {
  /** Answers that were read completely. */
  readonly complete: number
  /** Answers with status 503. */
  readonly rejected: number
  /** Answers that were closed before their end, or not read when the client disconnected. */
  readonly incomplete: number
  /** Milliseconds of a scrape from another address; null if it failed. */
  readonly otherScrapeMs: number | null
  /** Size of a complete answer. */
  readonly bytes: number
}

interface Scrape {
  /** Resolves with the status of the answer, or 0 if there is none. */
  readonly status: Promise<number>
  /** Resolves when the connection is closed. */
  readonly end: Promise<{ readonly bytes: number; readonly isComplete: boolean }>
}

const SPEED_CHECKS_PER_SECOND = 50

const port = Number(process.argv[2])

function scrape(address: string, { gzip, bytesPerSecond }: ClientGroup, signal: AbortSignal): Scrape {
  const status = Promise.withResolvers<number>()
  const end = Promise.withResolvers<{ bytes: number; isComplete: boolean }>()
  const headers = {
    'X-Prometheus-Scrape-Timeout-Seconds': '60',
    ...(gzip ? { 'Accept-Encoding': 'gzip' } : {}),
  }
  let bytes = 0
  const options = { host: '127.0.0.1', port, localAddress: address, headers, agent: false, signal }
  const request = http.get(options, (response) => {
    status.resolve(response.statusCode ?? 0)
    response.on('error', () => {})
    response.on('close', () => end.resolve({ bytes, isComplete: response.complete }))
    if (bytesPerSecond === 0 && response.statusCode === 200) return
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    if (Number.isFinite(bytesPerSecond)) void limitSpeed(response, bytesPerSecond, () => bytes)
  })
  request.on('error', () => {
    status.resolve(0)
    end.resolve({ bytes, isComplete: false })
  })
  return { status: status.promise, end: end.promise }
}

/** Reads a response at a limited speed. */
async function limitSpeed(
  response: http.IncomingMessage,
  bytesPerSecond: number,
  bytes: () => number,
): Promise<void> {
  const startTime = performance.now()
  while (!response.closed) {
    const allowed = ((performance.now() - startTime) / 1000) * bytesPerSecond
    if (bytes() > allowed) response.pause()
    else response.resume()
    await setTimeout(1000 / SPEED_CHECKS_PER_SECOND)
  }
}

async function scrapeAsGroup(group: ClientGroup): Promise<GroupResult> {
  const disconnect = new AbortController()
  const scrapes = Array.from({ length: group.count }, (_, client) =>
    scrape(`127.0.1.${1 + Math.floor(client / group.perAddress)}`, group, disconnect.signal),
  )
  const statuses = await Promise.all(scrapes.map(({ status }) => status))
  const startTime = performance.now()
  const otherClient = { ...group, bytesPerSecond: Number.POSITIVE_INFINITY }
  const otherScrape = scrape('127.0.2.1', otherClient, AbortSignal.timeout(60_000))
  const otherStatus = await otherScrape.status
  const { bytes, isComplete } = await otherScrape.end
  const otherScrapeMs = isComplete && otherStatus === 200 ? performance.now() - startTime : null
  if (group.bytesPerSecond === 0) disconnect.abort()
  const ends = await Promise.all(scrapes.map(({ end }) => end))
  const answered = ends.filter((_, client) => statuses[client] === 200)
  return {
    complete: answered.filter((end) => end.isComplete).length,
    rejected: statuses.filter((status) => status === 503).length,
    incomplete: answered.filter((end) => !end.isComplete).length,
    otherScrapeMs,
    bytes,
  }
}

process.on(
  'message',
  (group: ClientGroup) => void scrapeAsGroup(group).then((result) => process.send?.(result)),
)
process.on('disconnect', () => process.exit())
