/** Runs `benchmark-server.ts` in a child process and sends requests from this process. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import http, { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const CONNECTIONS = 16

/** Number of events per stream of the server type `sse`. */
export const EVENTS_PER_STREAM = 201

/** An OTLP collector that discards spans. Also serves as the engine of the gateway servers. */
export interface Collector {
  readonly url: string
  close(): void
}

/** Starts a collector on a free loopback port. */
export async function startCollector(): Promise<Collector> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** How a server is instrumented: Node flags and environment variables. */
export interface Measurement {
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const REGISTER_VR_OTEL = ['--import', '@vr/otel/register']

/** `@vr/otel` with metrics only. */
export const vrOtelMetrics: Measurement = { execArgv: REGISTER_VR_OTEL, env: { VR_OTEL_GLOBALS: 'on' } }

/** `@vr/otel` with metrics, and traces at a sample ratio. */
export function vrOtelTraces(ratio: string, collector: Collector): Measurement {
  return {
    execArgv: REGISTER_VR_OTEL,
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

/** Options of a server. */
export interface ServerOptions {
  /** `http`, `fastify`, `express`, `gateway`, `llm-gateway`, `sse` or `websocket`. */
  readonly serverType: string
  /** Name of the instrumentation. */
  readonly variant: string
  readonly measurement: Measurement
  /** Root folder of the tree that provides the server and `@vr/otel`. */
  readonly tree: string
  readonly collector: Pick<Collector, 'url'>
  /** What to send. Default: `GET /`. */
  readonly post?: { readonly path: string; readonly body: string }
  /** Additional Node flags. */
  readonly flags?: readonly string[]
}

/** Resource usage of a server process. */
export interface Usage {
  readonly cpuMicros: number
  readonly heapUsed: number
}

/** A server in a child process, under load over keep-alive connections. */
export class ServerUnderLoad {
  readonly #child: ChildProcess
  readonly #port: number
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })

  readonly #post: ServerOptions['post']

  private constructor(child: ChildProcess, port: number, post: ServerOptions['post']) {
    this.#child = child
    this.#port = port
    this.#post = post
  }

  static async start({
    serverType: sort,
    variant: peer,
    measurement,
    tree,
    collector,
    post,
    flags = [],
  }: ServerOptions): Promise<ServerUnderLoad> {
    const child = fork(join(tree, 'bench/benchmark-server.ts'), [sort, peer], {
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
    return new ServerUnderLoad(child, (await nextMessage<{ port: number }>(child)).port, post)
  }

  /** Port that the server listens on. */
  get port(): number {
    return this.#port
  }

  stop(): void {
    this.#agent.destroy()
    this.#child.disconnect()
  }

  /** @param when `after-gc` runs the garbage collector first; requires `--expose-gc` */
  async usage(when: 'now' | 'after-gc'): Promise<Usage> {
    this.#child.send(when)
    return await nextMessage<Usage>(this.#child)
  }

  /** Sends requests for some milliseconds. Returns the number of answered requests. */
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

  /** Sends a number of requests. Returns when all are answered. */
  async send(requests: number): Promise<void> {
    let left = requests
    const worker = async (): Promise<void> => {
      while (left-- > 0) await this.#request()
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  }

  /** Sends requests for some milliseconds. Returns the server's CPU microseconds per request. */
  async cpuMicrosPerRequest(milliseconds: number): Promise<number> {
    const { cpuMicros: before } = await this.usage('now')
    const answered = await this.load(milliseconds)
    const { cpuMicros: after } = await this.usage('now')
    return (after - before) / answered
  }

  #request(): Promise<void> {
    const { path = '/', body } = this.#post ?? {}
    const method = body === undefined ? 'GET' : 'POST'
    const options = { port: this.#port, host: '127.0.0.1', agent: this.#agent, path, method }
    return new Promise((resolve, reject) => {
      const request = http.request(options, (response) => response.on('end', resolve).resume())
      request.on('error', reject).end(body)
    })
  }
}

/**
 * Returns the next message of a child process.
 *
 * @throws Error if the process exits first
 */
export async function nextMessage<Answer>(child: ChildProcess): Promise<Answer> {
  const answered = new AbortController()
  const ended = once(child, 'exit', { signal: answered.signal }).then(() => {
    throw new Error('the process exited')
  })
  try {
    const [answer] = await Promise.race([once(child, 'message'), ended])
    return answer as Answer
  } finally {
    answered.abort()
    ended.catch(() => {})
  }
}
