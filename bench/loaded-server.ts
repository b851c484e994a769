/** Servers of `requests-server.ts` in processes of their own, and the load on them from this process. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import http, { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const CONNECTIONS = 16

/** Events of one stream of the sort `sse`. */
export const EVENTS_OF_A_STREAM = 201

/** A collector that throws spans away; it is the engine of the gateways too. */
export interface Collector {
  readonly url: string
  close(): void
}

/** Starts a collector on a free port of this machine. */
export async function startCollector(): Promise<Collector> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** What measures a server: flags of Node, and variables. */
export interface Measurement {
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const OURS = ['--import', '@vr/otel/register']

/** Our metrics alone. */
export const ourMetrics: Measurement = { execArgv: OURS, env: { VR_OTEL_GLOBALS: 'on' } }

/** Our metrics, and traces of a share of the requests. */
export function ourTraces(ratio: string, collector: Collector): Measurement {
  return {
    execArgv: OURS,
    env: {
      VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf',
      VR_OPENTELEMETRY_HOST: '127.0.0.1',
      VR_OPENTELEMETRY_PORT: new URL(collector.url).port,
      VR_TRACING_ENABLED: 'true',
      VR_TRACING_SAMPLE_RATIO: ratio,
      VR_OTEL_GLOBALS: 'on',
    },
  }
}

/** How a server is started. */
export interface ServerOptions {
  /** What it answers: `http`, `fastify`, `express`, `gateway` or `sse`. */
  readonly sort: string
  /** What measures it, by name. */
  readonly peer: string
  readonly measurement: Measurement
  /** The root of the tree whose packages measure it. */
  readonly tree: string
  readonly collector: Collector
  /** Further flags of Node. */
  readonly flags?: readonly string[]
}

/** What a process has used. */
export interface Usage {
  readonly cpuMicros: number
  readonly heapUsed: number
}

/** One server that is loaded over connections that are kept alive. */
export class LoadedServer {
  readonly #child: ChildProcess
  readonly #port: number
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  static async start({
    sort,
    peer,
    measurement,
    tree,
    collector,
    flags = [],
  }: ServerOptions): Promise<LoadedServer> {
    const child = fork(join(tree, 'bench/requests-server.ts'), [sort, peer], {
      cwd: tree,
      execArgv: [...flags, ...measurement.execArgv],
      env: {
        ...process.env,
        ENGINE_URL: collector.url,
        VR_OTEL_LOG_LEVEL: 'error',
        OTEL_LOG_LEVEL: 'ERROR',
        ...measurement.env,
      },
    })
    return new LoadedServer(child, (await answerOf<{ port: number }>(child)).port)
  }

  stop(): void {
    this.#agent.destroy()
    this.#child.disconnect()
  }

  /** @param question `collect` collects garbage first, where Node has `--expose-gc` */
  async usage(question: 'now' | 'collect'): Promise<Usage> {
    this.#child.send(question)
    return await answerOf<Usage>(this.#child)
  }

  /** Loads the server for so many milliseconds, and gives how many requests it answered. */
  async load(milliseconds: number): Promise<number> {
    const until = performance.now() + milliseconds
    let answered = 0
    const worker = async (): Promise<void> => {
      while (performance.now() < until) {
        await this.#request()
        answered++
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, worker))
    return answered
  }

  /** CPU microseconds of the server for one request, under load for so many milliseconds. */
  async costOfRequest(milliseconds: number): Promise<number> {
    const { cpuMicros: before } = await this.usage('now')
    const answered = await this.load(milliseconds)
    const { cpuMicros: after } = await this.usage('now')
    return (after - before) / answered
  }

  #request(): Promise<void> {
    const options = { port: this.#port, host: '127.0.0.1', agent: this.#agent }
    return new Promise((resolve, reject) => {
      http.get(options, (response) => response.on('end', resolve).resume()).on('error', reject)
    })
  }
}

/**
 * The next message of a child.
 * @throws Error if it ends without one
 */
export async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const answered = new AbortController()
  const ended = once(child, 'exit', { signal: answered.signal }).then(() => {
    throw new Error('the process has ended')
  })
  try {
    const [answer] = await Promise.race([once(child, 'message'), ended])
    return answer as Answer
  } finally {
    answered.abort()
    ended.catch(() => {})
  }
}
