import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import type { MetricsServer } from '@vr/otel-exporters'
import type { Interceptor } from '@vr/otel-instruments/adapters'
import { isPath } from '../application/path-matcher.ts'
import type { Settings } from '../config/settings.ts'
import { OWNER_KEY } from '../config/unknown-keys.ts'
import type { RequestHandler } from '../lifecycle/instance.ts'
import { isClusterWorker } from './cluster-worker.ts'

/** What {@link PullEndpoint} is made of. */
export interface PullEndpointOptions {
  readonly settings: Settings
  readonly metrics: RequestHandler
  readonly health: RequestHandler
  /** Makes the listener of our own; not called while the application's server answers. */
  readonly createServer: (port: number) => MetricsServer
  /** Whether a server is one of ours. */
  readonly isMetricsServer: (server: object) => boolean
  /** Called once: where a scrape is answered. */
  readonly onServing: (where: string) => void
  /** Called each time that another server of the application answers instead, since the one before has closed. */
  readonly onMoved: (where: string) => void
  /** Told once, where a server listens and scrapes are not answered: why. */
  readonly onNotServing: (why: string) => void
}

/** Published by `node:net` when a server has begun to listen, whatever its protocol. */
const LISTENING = 'tracing:net.server.listen:asyncEnd'

/**
 * Where scrapes are answered: on one server of the application, the first HTTP server on TCP that listens in the
 * main thread or the one on `VR_METRICS_SERVER_PORT`; or, with `VR_METRICS_PORT`, on a listener of our own, opened
 * when the application's first HTTP server listens. So a process that serves nothing (a package manager, a CLI, an
 * MCP server on stdio) never opens a port, though it inherits the flag.
 */
export class PullEndpoint {
  readonly #parts: PullEndpointOptions
  #answering: Server | undefined
  #own: MetricsServer | undefined
  #ended = false
  /** Where scrapes are answered. */
  #where: string | undefined
  #hasToldWhyNot = false

  constructor(parts: PullEndpointOptions) {
    this.#parts = parts
    if (parts.settings.metricsPort !== undefined) claimPort()
    subscribe(LISTENING, this.#onListening)
  }

  /** Gives what answers scrapes and health checks on the application's server. */
  readonly intercept: Interceptor = (target, server) => {
    if (this.#answering !== server && !this.#takes(server)) return undefined
    const { settings, metrics, health } = this.#parts
    if (settings.metricsPort === undefined && isPath(target, settings.metricsPath)) return metrics
    return settings.healthPath !== undefined && isPath(target, settings.healthPath) ? health : undefined
  }

  /** Opens the listener of our own at once, without waiting for the application's. */
  open(): void {
    const { metricsPort } = this.#parts.settings
    if (metricsPort === undefined || this.#own !== undefined || this.#ended) return
    if (!mayServe()) {
      this.#tellWhyNot(
        isClusterWorker()
          ? 'a cluster worker opens no port'
          : 'VR_METRICS_PORT belongs to the process that started this one',
      )
      return
    }
    this.#own = this.#parts.createServer(metricsPort)
    void this.#own.listen().then((address) => {
      if (address !== undefined) this.#say(address) // else closed before the port could be had
    })
  }

  /** Stops answering. Requests go to the application from now on. */
  async close(): Promise<void> {
    this.#ended = true
    this.#answering = undefined
    unsubscribe(LISTENING, this.#onListening)
    if (process.env[OWNER_KEY] === String(process.pid)) delete process.env[OWNER_KEY]
    await this.#own?.close()
  }

  readonly #onListening = (message: unknown): void => {
    const { server } = message as { readonly server?: object }
    if (server === undefined || !isHttpServer(server)) return
    if (server === this.#answering) this.#answers(server) // it had closed, and may listen on another port
    if (this.#takes(server)) return
    const { settings, isMetricsServer: isOurs } = this.#parts
    const isServed = this.#answering !== undefined || this.#own !== undefined
    if (isServed || isOurs(server)) return
    const { metricsServerPort } = settings
    if (!isMainThread)
      this.#tellWhyNot('it runs in a worker thread, whose metrics are not in those of the main thread')
    else if (metricsServerPort === undefined)
      this.#tellWhyNot('it listens on no TCP port; VR_METRICS_PORT would open one')
    else this.#tellWhyNot(`they wait for one on port ${metricsServerPort} (VR_METRICS_SERVER_PORT)`)
  }

  #tellWhyNot(why: string): void {
    if (!this.#hasToldWhyNot)
      this.#parts.onNotServing(`a server listens, and scrapes are not answered: ${why}`)
    this.#hasToldWhyNot = true
  }

  /** Whether `server` is the one that answers; the choice is made at the first server that fits. */
  #takes(server: Server): boolean {
    if (this.#ended || this.#answering?.listening === true || !this.#fits(server)) return false
    this.#answering = server
    this.#answers(server)
    return true
  }

  #answers(server: Server): void {
    if (this.#parts.settings.metricsPort !== undefined) this.open()
    else this.#say(server.address() as AddressInfo)
  }

  #fits(server: Server): boolean {
    if (!isMainThread || !server.listening || this.#parts.isMetricsServer(server)) return false
    const { metricsPort, metricsServerPort } = this.#parts.settings
    const address = server.address()
    if (address === null) return false
    // A pipe, or a UNIX socket: no scrape comes in there, but the application serves.
    if (typeof address === 'string') return metricsPort !== undefined && metricsServerPort === undefined
    return metricsServerPort === undefined || metricsServerPort === address.port
  }

  #say(address: AddressInfo): void {
    const { settings, onServing, onMoved } = this.#parts
    const scheme =
      this.#own === undefined && this.#answering !== undefined && isTls(this.#answering) ? 'https' : 'http'
    const where = `${scheme}://${urlHost(address)}:${address.port}${settings.metricsPath}`
    const before = this.#where
    this.#where = where
    if (before === undefined) onServing(where)
    else if (before !== where) onMoved(where)
  }
}

/** Programs that start the application and are not it: they inherit the flag through `NODE_OPTIONS`. */
const LAUNCHERS =
  /(^|[\\/])(npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack|tsx|ts-node|nodemon|pm2|forever|cross-env|dotenv|env-cmd|concurrently|turbo|nx|lerna|wireit)(-cli)?(\.[cm]?js)?$|[\\/](npm|yarn|pnpm|corepack|tsx|nodemon|pm2|forever|cross-env|concurrently|turbo|nx|lerna|wireit)[\\/](bin|dist|lib)[\\/]/

/** Says to the children of this process that the port is its, from before the first of them can be started. */
function claimPort(): void {
  if (mayServe() && !LAUNCHERS.test(process.argv[1] ?? '')) process.env[OWNER_KEY] = String(process.pid)
}

/**
 * A worker thread, a worker of a cluster, or a child of an application that has the port, opens none. In a cluster, the
 * one port would be shared, and each scrape answered by another worker.
 */
function mayServe(): boolean {
  if (isClusterWorker()) return false
  const owner = Number(process.env[OWNER_KEY])
  return isMainThread && (!(owner > 0) || owner === process.pid || !isAlive(owner))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it lives, as another user
  }
}

/**
 * Servers of `node:http` and `node:https` have request time-outs, those of `node:http2` settings; those of `node:net`
 * and `node:tls` have neither.
 */
function isHttpServer(server: object): server is Server {
  return 'requestTimeout' in server || 'updateSettings' in server
}

function isTls(server: object): boolean {
  return 'setSecureContext' in server
}

function urlHost({ address, family }: AddressInfo): string {
  if (address === '::' || address === '0.0.0.0') return 'localhost'
  return family === 'IPv6' ? `[${address}]` : address
}
