/**
 * Cost of one message of a WebSocket, received or sent: a server of `ws` with `@vr/otel` compared with the same server
 * without it, and the memory that is left when all connections are closed. The workloads are echoes, an LLM session with large
 * deltas, and a broadcast of a long text.
 *
 *   npm run bench -- websocket [rounds]
 *
 * In each round, all servers answer the requests of all connections, in random order; the difference of their CPU time is one
 * value. Ten rounds of echoes are 200,000 messages. "noise" is the same difference for a third process, which is
 * a second server without `@vr/otel`. The clients check that all servers send the same bytes.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { WORKING_TREE } from './revision.ts'
import {
  type Measurement,
  ServerUnderLoad,
  startCollector,
  vrOtelMetrics,
  vrOtelTraces,
} from './server-under-load.ts'
import { median, quantile, shuffled, sorted } from './statistics.ts'
import {
  clientFrame,
  framesLength,
  WEBSOCKET_WORKLOADS,
  type WebSocketWorkload,
} from './websocket-workloads.ts'

const ROUNDS = Number(process.argv[2] ?? 10) || 10

const handshake = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`

/** The open connections to one server. */
class Connections {
  readonly #workload: WebSocketWorkload
  readonly #sockets: Socket[] = []
  readonly #hash = createHash('sha256')

  constructor(workload: WebSocketWorkload) {
    this.#workload = workload
  }

  async open(port: number): Promise<this> {
    for (let i = 0; i < this.#workload.connections; i++) {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      socket.write(handshake(this.#workload.path))
      const [head] = (await once(socket, 'data')) as [Buffer]
      this.#hash.update(head)
      this.#sockets.push(socket)
    }
    return this
  }

  /** Sends messages over all connections, each after the answer to the one before. */
  async exchange(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => exchange(socket, this.#workload)))
  }

  /** Closes all connections and returns a hash of the handshakes and of the last messages. */
  async close(): Promise<string> {
    for (const socket of this.#sockets) {
      const closed = once(socket, 'close')
      this.#hash.update(await request(socket, this.#workload))
      socket.resume().end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]))
      await closed
    }
    return this.#hash.digest('hex')
  }
}

async function exchange(socket: Socket, workload: WebSocketWorkload): Promise<void> {
  for (let i = 0; i < workload.exchanges; i++) await request(socket, workload)
}

/** Sends the request of a workload and returns the frames of the answer. */
function request(socket: Socket, workload: WebSocketWorkload): Promise<Buffer> {
  const answerLength = framesLength(workload.answer)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk)
      length += chunk.length
      if (length < answerLength) return
      socket.off('data', onData)
      resolve(Buffer.concat(chunks))
    }
    socket.on('data', onData)
    socket.write(clientFrame(workload.request))
  })
}

const collector = await startCollector()
const none: Measurement = { execArgv: [], env: {} }
const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  base: none,
  noise: none,
  metrics: vrOtelMetrics,
  'traces 100 %': vrOtelTraces('1', collector),
}

interface Variant {
  readonly name: string
  readonly server: ServerUnderLoad
  connections: Connections
  readonly heapBefore: number
  /** CPU nanoseconds per message, by round. */
  readonly costs: number[]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function start(name: string, measurement: Measurement, workload: WebSocketWorkload): Promise<Variant> {
  const metricsPort = await freePort()
  const env = { ...measurement.env, VR_METRICS_PORT: String(metricsPort) }
  const options = {
    serverType: 'websocket',
    variant: name,
    measurement: { ...measurement, env },
    tree: WORKING_TREE,
    collector,
  }
  const server = await ServerUnderLoad.start({ ...options, flags: ['--expose-gc'] })
  const warmUp = await new Connections(workload).open(server.port)
  for (let i = 0; i < 3; i++) await warmUp.exchange()
  await warmUp.close()
  // As in production: from the first collection on, messages are recorded once a collection.
  if (measurement !== none) await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const { heapUsed: heapBefore } = await server.usage('after-gc')
  const connections = await new Connections(workload).open(server.port)
  return { name, server, connections, heapBefore, costs: [] }
}

async function measure(variant: Variant, workload: WebSocketWorkload): Promise<void> {
  const { server, costs } = variant
  if (workload.isOpenedEachRound) {
    await variant.connections.close()
    variant.connections = await new Connections(workload).open(server.port)
  }
  const { cpuMicros: before } = await server.usage('now')
  await variant.connections.exchange()
  const { cpuMicros: after } = await server.usage('now')
  costs.push(((after - before) * 1000) / messagesPerRound(workload))
}

/** Messages in both directions. */
function messagesPerRound({ connections, exchanges, answer }: WebSocketWorkload): number {
  return connections * exchanges * (1 + answer.length)
}

async function compare(workloadName: string, workload: WebSocketWorkload): Promise<void> {
  const variants: Variant[] = []
  for (const [name, measurement] of Object.entries(MEASUREMENTS))
    variants.push(await start(name, measurement, workload))
  for (const variant of variants) await measure(variant, workload)
  for (const { costs } of variants) costs.length = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (const turn of shuffled(variants.length)) await measure(variants[turn] as Variant, workload)
  }
  const messages = ROUNDS * messagesPerRound(workload)
  console.log(
    `\n${workloadName}: ${workload.connections} connections, ${messages} messages for each server\n`,
  )
  await print(variants)
}

async function print(variants: readonly Variant[]): Promise<void> {
  const base = variants[0] as Variant
  console.log(
    `${'server'.padEnd(14)} ${'CPU ns per message'.padStart(18)}   ${'difference [quartiles]'.padEnd(26)}  heap left, MB`,
  )
  const hashes = new Set<string>()
  for (const { name, server, connections, heapBefore, costs } of variants) {
    hashes.add(await connections.close())
    const { heapUsed } = await server.usage('after-gc')
    const differences = sorted(costs.map((cost, round) => cost - (base.costs[round] as number)))
    const [lower, middle, upper] = [0.25, 0.5, 0.75].map((share) => quantile(differences, share).toFixed(0))
    console.log(
      `${name.padEnd(14)} ${median(costs).toFixed(0).padStart(18)}   ${`${middle} [${lower}–${upper}]`.padEnd(26)}  ${((heapUsed - heapBefore) / 1e6).toFixed(2)}`,
    )
    server.stop()
  }
  if (hashes.size !== 1) throw new Error('the servers sent different bytes')
}

for (const [name, workload] of Object.entries(WEBSOCKET_WORKLOADS)) await compare(name, workload)
collector.close()
console.log('\nall servers sent the same bytes')
