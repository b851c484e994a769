/** The clients of `readers.ts`: each message is a crowd to be, and is answered by what became of it. */
import http from 'node:http'
import { setTimeout } from 'node:timers/promises'

/** Clients that ask for the metrics at once. */
export interface Crowd {
  readonly count: number
  /** Clients that come from one address. */
  readonly perAddress: number
  readonly gzip: boolean
  /** How fast each reads; 0 for not at all. */
  readonly bytesPerSecond: number
}

/** What became of a crowd, and of a scrape beside it. */
export interface CrowdResult {
  readonly whole: number
  readonly refused: number
  /** Answers that ended before their end, or were still not read when their clients left. */
  readonly unread: number
  /** How long a scrape from another address took, in milliseconds; null if it failed. */
  readonly besideMs: number | null
  /** Of one whole answer. */
  readonly bytes: number
}

interface Read {
  /** Settles with the status of the answer, 0 if there is none. */
  readonly begun: Promise<number>
  /** Settles when the connection has ended. */
  readonly ended: Promise<{ readonly bytes: number; readonly isWhole: boolean }>
}

const SLICES_PER_SECOND = 50

const port = Number(process.argv[2])

function read(address: string, { gzip, bytesPerSecond }: Crowd, signal: AbortSignal): Read {
  const begun = Promise.withResolvers<number>()
  const ended = Promise.withResolvers<{ bytes: number; isWhole: boolean }>()
  const headers = {
    'X-Prometheus-Scrape-Timeout-Seconds': '60',
    ...(gzip ? { 'Accept-Encoding': 'gzip' } : {}),
  }
  let bytes = 0
  const options = { host: '127.0.0.1', port, localAddress: address, headers, agent: false, signal }
  const request = http.get(options, (response) => {
    begun.resolve(response.statusCode ?? 0)
    response.on('error', () => {})
    response.on('close', () => ended.resolve({ bytes, isWhole: response.complete }))
    if (bytesPerSecond === 0 && response.statusCode === 200) return
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    if (Number.isFinite(bytesPerSecond)) void pace(response, bytesPerSecond, () => bytes)
  })
  request.on('error', () => {
    begun.resolve(0)
    ended.resolve({ bytes, isWhole: false })
  })
  return { begun: begun.promise, ended: ended.promise }
}

/** Lets a response flow only as fast as it may. */
async function pace(
  response: http.IncomingMessage,
  bytesPerSecond: number,
  bytes: () => number,
): Promise<void> {
  const begun = performance.now()
  while (!response.closed) {
    const allowed = ((performance.now() - begun) / 1000) * bytesPerSecond
    if (bytes() > allowed) response.pause()
    else response.resume()
    await setTimeout(1000 / SLICES_PER_SECOND)
  }
}

async function gather(crowd: Crowd): Promise<CrowdResult> {
  const leaving = new AbortController()
  const reads = Array.from({ length: crowd.count }, (_, at) =>
    read(`127.0.1.${1 + Math.floor(at / crowd.perAddress)}`, crowd, leaving.signal),
  )
  const statuses = await Promise.all(reads.map(({ begun }) => begun))
  const since = performance.now()
  const besideCrowd = { ...crowd, bytesPerSecond: Number.POSITIVE_INFINITY }
  const beside = read('127.0.2.1', besideCrowd, AbortSignal.timeout(60_000))
  const besideStatus = await beside.begun
  const { bytes, isWhole } = await beside.ended
  const besideMs = isWhole && besideStatus === 200 ? performance.now() - since : null
  if (crowd.bytesPerSecond === 0) leaving.abort()
  const ends = await Promise.all(reads.map(({ ended }) => ended))
  const answered = ends.filter((_, at) => statuses[at] === 200)
  return {
    whole: answered.filter((end) => end.isWhole).length,
    refused: statuses.filter((status) => status === 503).length,
    unread: answered.filter((end) => !end.isWhole).length,
    besideMs,
    bytes,
  }
}

process.on('message', (crowd: Crowd) => void gather(crowd).then((result) => process.send?.(result)))
process.on('disconnect', () => process.exit())
