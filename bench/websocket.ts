/**
 * Cost of one message of a WebSocket, received or sent: an echo server of `ws` with `@vr/otel` compared with the same server
 * without it, and the memory that is left when all connections are closed.
 *
 *   npm run bench -- websocket [rounds]
 *
 * Both servers have 1,000 open connections. In each round, both answer 10,000 messages, in random order; the difference of
 * their CPU time is one value. Ten rounds are 200,000 messages. "noise" is the same difference for a third process, which is
 * a second server without `@vr/otel`. The clients check that all servers send the same bytes.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WORKING_TREE } from './revision.ts'
import {
  type Measurement,
  ServerUnderLoad,
  startCollector,
  vrOtelMetrics,
  vrOtelTraces,
} from './server-under-load.ts'
import { median, quantile, shuffled, sorted } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 10) || 10
const CONNECTIONS = 1000
const ECHOES = 10
/** Each message is received and sent. */
const MESSAGES_PER_ROUND = CONNECTIONS * ECHOES * 2

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const MESSAGE = Buffer.from(JSON.stringify({ type: 'position', x: 12.5, y: 7.25, label: 'a'.repeat(60) }))

/** A text frame with a masking key of zeros, which leaves the payload unchanged. */
const FRAME = Buffer.concat([Buffer.from([0x81, 0x80 | MESSAGE.length, 0, 0, 0, 0]), MESSAGE])
const ECHO_LENGTH = MESSAGE.length + 2

/** The open connections to one server. */
class Connections {
  readonly #sockets: Socket[] = []
  readonly #hash = createHash('sha256')

  async open(port: number): Promise<void> {
    for (let i = 0; i < CONNECTIONS; i++) {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      socket.write(HANDSHAKE)
      const [head] = (await once(socket, 'data')) as [Buffer]
      this.#hash.update(head)
      this.#sockets.push(socket)
    }
  }

  /** Sends messages over all connections, each after the answer to the one before. */
  async exchange(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => exchange(socket)))
  }

  /** Closes all connections and returns a hash of the handshakes and of the last messages. */
  async close(): Promise<string> {
    for (const socket of this.#sockets) {
      const closed = once(socket, 'close')
      this.#hash.update(await echo(socket))
      socket.resume().end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]))
      await closed
    }
    return this.#hash.digest('hex')
  }
}

async function exchange(socket: Socket): Promise<void> {
  for (let i = 0; i < ECHOES; i++) await echo(socket)
}

function echo(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk)
      length += chunk.length
      if (length < ECHO_LENGTH) return
      socket.off('data', onData)
      resolve(Buffer.concat(chunks))
    }
    socket.on('data', onData)
    socket.write(FRAME)
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
  readonly connections: Connections
  readonly heapBefore: number
  /** CPU nanoseconds per message, by round. */
  readonly costs: number[]
}

async function start(name: string, measurement: Measurement): Promise<Variant> {
  const options = { serverType: 'websocket', variant: name, measurement, tree: WORKING_TREE, collector }
  const server = await ServerUnderLoad.start({ ...options, flags: ['--expose-gc'] })
  const warmUp = new Connections()
  await warmUp.open(server.port)
  for (let i = 0; i < 3; i++) await warmUp.exchange()
  await warmUp.close()
  const { heapUsed: heapBefore } = await server.usage('after-gc')
  const connections = new Connections()
  await connections.open(server.port)
  return { name, server, connections, heapBefore, costs: [] }
}

async function measure({ server, connections, costs }: Variant): Promise<void> {
  const { cpuMicros: before } = await server.usage('now')
  await connections.exchange()
  const { cpuMicros: after } = await server.usage('now')
  costs.push(((after - before) * 1000) / MESSAGES_PER_ROUND)
}

const variants: Variant[] = []
for (const [name, measurement] of Object.entries(MEASUREMENTS)) variants.push(await start(name, measurement))
for (const variant of variants) await measure(variant)
for (const { costs } of variants) costs.length = 0
for (let round = 0; round < ROUNDS; round++) {
  for (const turn of shuffled(variants.length)) await measure(variants[turn] as Variant)
}
const base = variants[0] as Variant
console.log(`${CONNECTIONS} connections, ${ROUNDS * MESSAGES_PER_ROUND} messages for each server\n`)
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
collector.close()
if (hashes.size !== 1) throw new Error('the servers sent different bytes')
console.log('\nall servers sent the same bytes')
