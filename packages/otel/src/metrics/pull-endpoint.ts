import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMainThread } from 'node:worker_threads'
import type { MetricsServer } from '@vr/otel-exporters'
import type { Interceptor } from '@vr/otel-instruments/adapters'
import { isPath } from '../application/path-matcher.ts'
import { CLUSTER_REMEDY, isClusterWorker } from '../cluster/cluster-worker.ts'
import type { Settings } from '../config/settings.ts'
import { OWNER_KEY } from '../config/unknown-keys.ts'
import { healthHandlerOf } from '../health/health-paths.ts'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'

/** Options of {@link PullEndpoint}. */
export interface PullEndpointOptions {
  readonly settings: Settings
  readonly metrics: RequestHandler
  readonly health: RequestHandler
  readonly ready: RequestHandler
  /** Creates the separate listener. Not called if the endpoint is on the application's server. */
  readonly createServer: (port: number) => MetricsServer
  /** Whether `createServer` has created this server. */
  readonly isMetricsServer: (server: object) => boolean
  /** Called once, with the URL of the endpoint. */
  readonly onServing: (url: string) => void
  /** Called when the server of the endpoint has closed and another server of the application replaces it. */
  readonly onMoved: (url: string) => void
  /** Called at most once, with a message, if a server listens and there is no endpoint. */
  readonly onNotServing: (message: string) => void
  /**
   * Called when a server of this process answers scrapes, with the URL, or would open the separate listener, without one.
   * @returns whether another process aggregates the metrics of this one: it opens the separate listener, and logs the endpoint
   */
  readonly announce: (url: string | undefined) => boolean
  /** Whether this is a worker thread whose metrics no other thread receives. */
  readonly isThreadAlone: boolean
  /** Returns whether a server of this thread that listens on `port` may be the one that answers scrapes. */
  readonly claim: (port: number) => boolean
  /** Lets servers of other threads answer scrapes. */
  readonly release: () => void
  /** Whether this process aggregates the metrics of others that need not be its children, and so opens the separate listener. */
  readonly isElected: () => boolean
}

/** Why a server in a worker thread does not answer scrapes. */
const THREAD_ALONE =
  'the server runs in a worker thread, and the main thread does not run @vr/otel. Start the process with --import @vr/otel/register'

/** Published by `node:net` when a server starts to listen, with any protocol. */
const LISTENING = 'tracing:net.server.listen:asyncEnd'

/**
 * Responds to scrapes on one server: the first HTTP server of the application that listens on TCP, or the server on
 * `VR_METRICS_SERVER_PORT`. With `VR_METRICS_PORT` it is a separate listener, opened when the first HTTP server of
 * the application listens: a process without a server (a package manager, a CLI, an MCP server on stdio) opens no port,
 * although it inherits `--import @vr/otel/register`. If another process aggregates the metrics of this one, that process opens
 * it: see {@link PullEndpoint.onMemberServing}.
 */
export class PullEndpoint {
  readonly #options: PullEndpointOptions
  /** The application's server that responds to scrapes, or that opened the separate listener. */
  #server: Server | undefined
  #listener: MetricsServer | undefined
  #isClosed = false
  #url: string | undefined
  /** Whether the URL is that of a member. */
  #isServedByMember = false
  #hasReportedNotServing = false

  constructor(options: PullEndpointOptions) {
    this.#options = options
    if (options.settings.metricsPort !== undefined) claimPort(options.settings.metricsPort)
    subscribe(LISTENING, this.#onListening)
  }

  /** Returns the handler of a scrape or health check on the application's server; `undefined` for other requests. */
  readonly intercept: Interceptor = (target, server) => {
    if (this.#server !== server && !this.#select(server)) return undefined
    const { settings, metrics, health, ready } = this.#options
    if (settings.metricsPort === undefined && isPath(target, settings.metricsPath)) return metrics
    return healthHandlerOf(settings, { health, ready }, target)
  }

  /** Whether a server of this process answers scrapes, or has opened the separate listener. */
  get hasServer(): boolean {
    return this.#server !== undefined
  }

  /** Opens the separate listener now, if there is one, without waiting for a server of the application. */
  open(): void {
    const { metricsPort } = this.#options.settings
    if (metricsPort === undefined || this.#listener !== undefined || this.#isClosed) return
    if (this.#options.announce(undefined)) return
    if (!this.#options.isElected() && !mayListen(metricsPort)) {
      this.#reportNotServing(
        isClusterWorker()
          ? `a cluster worker does not open VR_METRICS_PORT, which all workers would share, and its primary does not run @vr/otel. ${CLUSTER_REMEDY}`
          : 'VR_METRICS_PORT is used by the process that started this one. Set another port for this process, or push metrics with VR_METRICS_EXPORTER=otlp',
      )
      return
    }
    this.#listener = this.#options.createServer(metricsPort)
    void this.#listener.listen().then((address) => {
      if (address !== undefined) this.#reportServing(address) // undefined: closed before the port was free
    })
  }

  /**
   * Called when a server of a process whose metrics this one aggregates answers scrapes: logs its URL, or opens the separate
   * listener.
   * @param url `undefined` if it would open the separate listener
   */
  onMemberServing(url: string | undefined): void {
    if (this.#options.settings.metricsPort !== undefined) this.open()
    else if (url !== undefined && this.#url === undefined && !this.#isClosed) {
      this.#url = url
      this.#isServedByMember = true
      this.#options.onServing(url)
    }
  }

  /**
   * Releases the claim of a server that has closed: Node reports this to its listeners only. Renews that of a server that listens,
   * because the thread which claimed their common port may have released it.
   */
  checkServer(): void {
    if (this.#server?.listening === false) this.#options.release()
    else if (this.#server !== undefined && !this.#isEligible(this.#server)) this.#server = undefined
  }

  /** Closes the separate listener, because another process opens it from now on. */
  closeListener(): void {
    void this.#listener?.close()
    this.#listener = undefined
  }

  /** Closes the endpoint: the application receives all requests from now on. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#server = undefined
    unsubscribe(LISTENING, this.#onListening)
    if (ownerOfPort()?.pid === process.pid) delete process.env[OWNER_KEY]
    await this.#listener?.close()
  }

  readonly #onListening = (message: unknown): void => {
    const { server } = message as { readonly server?: object }
    if (server === undefined || !isHttpServer(server)) return
    if (server === this.#server) {
      // It listens again, maybe on another port. Meanwhile, a server of another thread may have replaced it.
      if (this.#isEligible(server)) this.#start(server)
      else this.#server = undefined
    }
    if (this.#select(server)) return
    const { settings, isMetricsServer } = this.#options
    const isServing = this.#server !== undefined || this.#listener !== undefined
    if (isServing || isMetricsServer(server)) return
    const { metricsServerPort } = settings
    if (!isMainThread) {
      // Otherwise, another server of the process answers scrapes.
      if (this.#options.isThreadAlone) this.#reportNotServing(THREAD_ALONE)
    } else if (metricsServerPort === undefined) {
      this.#reportNotServing('the server listens on no TCP port. Set VR_METRICS_PORT to open a separate one')
    } else {
      this.#reportNotServing(
        `no server listens on port ${metricsServerPort} yet (VR_METRICS_SERVER_PORT); metrics are answered when one does`,
      )
    }
  }

  #reportNotServing(why: string): void {
    if (!this.#hasReportedNotServing) this.#options.onNotServing(`metrics endpoint not started: ${why}`)
    this.#hasReportedNotServing = true
  }

  /** Selects `server` if it is eligible and no other server is selected. Returns whether it was selected. */
  #select(server: Server): boolean {
    if (this.#isClosed || this.#server?.listening === true || !this.#isEligible(server)) return false
    this.#server = server
    this.#start(server)
    return true
  }

  #start(server: Server): void {
    if (this.#options.settings.metricsPort !== undefined) this.open()
    else this.#reportServing(server.address() as AddressInfo)
  }

  #isEligible(server: Server): boolean {
    if (!server.listening || this.#options.isMetricsServer(server)) return false
    const { metricsPort, metricsServerPort } = this.#options.settings
    const address = server.address()
    if (address === null) return false
    // A pipe or UNIX socket cannot be scraped, but its server opens the separate listener.
    if (typeof address === 'string') return metricsPort !== undefined && metricsServerPort === undefined
    const isSelected = metricsServerPort === undefined || metricsServerPort === address.port
    return isSelected && this.#options.claim(address.port)
  }

  #reportServing(address: AddressInfo): void {
    const { settings, onServing, onMoved, announce } = this.#options
    const hasTls = this.#listener === undefined && this.#server !== undefined && isTls(this.#server)
    const url = `${hasTls ? 'https' : 'http'}://${urlHost(address)}:${address.port}${settings.metricsPath}`
    const previous = this.#url
    this.#url = url
    if (this.#listener === undefined && announce(url)) return
    if (previous === undefined) onServing(url)
    else if (previous !== url && !this.#isServedByMember) onMoved(url)
    this.#isServedByMember = false
  }
}

/** Programs that start the application, and inherit `--import` through `NODE_OPTIONS`. */
const LAUNCHERS =
  /(^|[\\/])(npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack|tsx|ts-node|nodemon|pm2|forever|cross-env|dotenv|env-cmd|concurrently|turbo|nx|lerna|wireit)(-cli)?(\.[cm]?js)?$|[\\/](npm|yarn|pnpm|corepack|tsx|nodemon|pm2|forever|cross-env|concurrently|turbo|nx|lerna|wireit)[\\/](bin|dist|lib)[\\/]/

/** Reserves the port for this process among its children, before the first of them can start. */
function claimPort(port: number): void {
  if (!mayListen(port) || LAUNCHERS.test(process.argv[1] ?? '')) return
  process.env[OWNER_KEY] = `${process.pid}:${port}`
}

/** Returns the process that has reserved a port, from the environment that its children inherit. */
function ownerOfPort(): { readonly pid: number; readonly port: number } | undefined {
  const [, pid, port] = /^(\d+):(\d+)$/.exec(process.env[OWNER_KEY] ?? '') ?? []
  return pid === undefined ? undefined : { pid: Number(pid), port: Number(port) }
}

/**
 * Whether this process may open the separate listener: not in a worker thread, a cluster worker, or a child of a process
 * that has reserved the same port. Cluster workers would share the port, and each scrape would reach another worker.
 */
function mayListen(port: number): boolean {
  if (isClusterWorker() || !isMainThread) return false
  const owner = ownerOfPort()
  return owner === undefined || owner.port !== port || owner.pid === process.pid || !isAlive(owner.pid)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it runs, as another user
  }
}

/** Servers of `node:http` and `node:https` have request timeouts, those of `node:http2` settings; others have neither. */
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
