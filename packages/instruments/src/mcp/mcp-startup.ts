import type { Context } from '@opentelemetry/api'
import { logger } from '../logger.ts'
import { PrivateState } from '../patching/private-state.ts'
import type { McpStartupFailure, McpStartupSpan } from '../tracing/mcp-tracer.ts'
import { failureOfException } from './mcp-error.ts'
import type { McpObserver } from './mcp-observer.ts'
import type { TransportFacts } from './transport-facts.ts'

/** Requests that use a server. Their success shows that a client needs no list of tools. */
const USES: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'completion/complete',
])

/** Requests of the protocol itself. */
const HANDSHAKES: ReadonlySet<string> = new Set(['initialize', 'server/discover', 'ping', 'logging/setLevel'])

/** The code of a JSON-RPC error, as an `error.type`. */
const JSON_RPC_CODE = /^-\d+$/

/**
 * The start of the server of one MCP client: from connecting, which starts the command of a server over stdio, to the first list
 * of tools. It succeeds with a list that is not empty. A client that uses the server without a list shows the success too. A
 * server that declares no tools has started when the client has connected.
 *
 * It fails if connecting fails, if the list is empty or is not received, and if the server closes the connection before. A client
 * that the application closes before is not counted, unless a request other than those of the handshake succeeded.
 */
export class McpStartup {
  readonly #observer: McpObserver
  readonly #transport: TransportFacts
  readonly #label: string
  readonly #startedAt: number
  readonly #parent: Context
  readonly #span: McpStartupSpan | undefined
  #isDecided = false
  #isConnected = false
  #hasSuccess = false

  /** @param parent the context in which the application connects */
  constructor(observer: McpObserver, transport: TransportFacts, parent: Context) {
    const { instruments, tracer } = observer
    this.#observer = observer
    this.#transport = transport
    this.#startedAt = instruments.now()
    this.#label = instruments.serverLabels.label(transport.serverLabel, this.#startedAt)
    this.#parent = parent
    this.#span = tracer.startStartup(this.#label, parent)
  }

  /** The context in which the application connects, with the span of the start. */
  get context(): Context {
    return this.#span?.context ?? this.#parent
  }

  /** Whether connecting is in progress. */
  get isConnecting(): boolean {
    return !this.#isDecided && !this.#isConnected
  }

  /** Called when the SDK has connected. */
  connected(): void {
    this.#isConnected = true
  }

  /** Called when connecting has failed. */
  failed(error: unknown): void {
    this.#fail(failureOfException(error))
  }

  /** Called when the application counts the start itself. */
  countedByCode(): void {
    this.#decide(undefined)
  }

  /** Called after {@link connected} if the server has declared its capabilities, without tools: there is no list to await. */
  noToolsDeclared(): void {
    this.#succeed()
  }

  /**
   * Called when a request of the client has succeeded.
   * @param listedTools number of tools, for `tools/list`
   */
  requestSucceeded(method: string, listedTools: number | undefined): void {
    if (method === 'tools/list') {
      if (listedTools === 0) this.#fail({ reason: 'empty_list', errorType: 'empty_list' })
      else this.#succeed()
      return
    }
    if (HANDSHAKES.has(method)) return
    this.#hasSuccess = true
    if (USES.has(method)) this.#succeed()
  }

  /** Called when a request of the client has failed. */
  requestFailed(method: string, errorType: string): void {
    if (method !== 'tools/list') return
    const isKnown = errorType === 'timeout' || errorType === 'connection_closed'
    this.#fail({ reason: isKnown ? errorType : 'exception', errorType })
  }

  /**
   * Called when the session has closed.
   * @param isByApplication whether the application closed it
   */
  closed(isByApplication: boolean): void {
    if (this.isConnecting) return // the SDK reports the reason when connecting fails
    if (this.#hasSuccess) this.#succeed()
    else if (isByApplication) this.#decide(undefined)
    else this.#fail({ reason: 'connection_closed', errorType: 'connection_closed' })
  }

  #succeed(): void {
    if (!this.#decide(undefined)) return
    const { startedServers, loggedFailures } = this.#observer
    loggedFailures.forget(this.#label, this.#transport.serverKey)
    // Each session over a network is a new connection to a server that runs already.
    if (this.#transport.server !== undefined) {
      if (startedServers.has(this.#label)) return
      startedServers.add(this.#label)
    }
    this.#record('ok')
  }

  #fail(failure: McpStartupFailure): void {
    if (!this.#decide(failure)) return
    this.#observer.startedServers.delete(this.#label)
    this.#record('error')
    this.#log(failure)
  }

  /** Ends the span; returns whether this is the first decision. */
  #decide(failure: McpStartupFailure | undefined): boolean {
    if (this.#isDecided) return false
    this.#isDecided = true
    this.#span?.end(failure)
    return true
  }

  #record(status: 'ok' | 'error'): void {
    const { mcp, now } = this.#observer.instruments
    mcp.serverStarted(this.#label, status, (now() - this.#startedAt) / 1000, this.context)
  }

  /** Logs each reason once until the server has started, so that an outage does not flood the log. */
  #log({ reason, errorType }: McpStartupFailure): void {
    const { loggedFailures } = this.#observer
    if (!loggedFailures.add(this.#label, reason, this.#transport.serverKey)) return
    const detail =
      errorType === reason ? '' : ` (${JSON_RPC_CODE.test(errorType) ? 'JSON-RPC error ' : ''}${errorType})`
    logger.warn(
      `MCP server "${this.#label}" did not start: ${REASONS[reason]}${detail}; counted in mcp_server_startup_total with status="error"; not logged again for this reason until a start succeeds`,
    )
  }
}

const REASONS: Readonly<Record<McpStartupFailure['reason'], string>> = {
  spawn: 'its command could not be started',
  timeout: 'it did not answer in time',
  exception: 'connecting or listing its tools failed',
  empty_list: 'its list of tools is empty',
  connection_closed: 'the connection closed before it had listed its tools',
}

/** The start of a server, in a private field of the transport of its client. */
export class StartupOfTransport extends PrivateState {
  #startup: McpStartup | undefined

  static of(transport: object): McpStartup | undefined {
    return #startup in transport ? (transport as StartupOfTransport).#startup : undefined
  }

  static set(transport: object, startup: McpStartup | undefined): void {
    if (!(#startup in transport)) new StartupOfTransport(transport)
    ;(transport as StartupOfTransport).#startup = startup
  }
}
