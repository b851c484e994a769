import { context as contexts } from '@opentelemetry/api'
import type { Completion } from '../observation/completion.ts'
import { trackCompletion } from '../observation/track-completion.ts'
import { guard, guardVoid } from '../patching/guard.ts'
import { type JsonRpcMessage, objectOf, readJsonRpc } from '../wire/json-rpc.ts'
import { IncomingMessages } from './incoming-messages.ts'
import { type McpObserver, mcpObserver } from './mcp-observer.ts'
import type { McpStartup } from './mcp-startup.ts'
import { withMeta } from './message-meta.ts'
import type { McpOperation } from './operation.ts'
import { OutgoingMessages, type SentMessage } from './outgoing-messages.ts'
import { SessionFacts } from './session-facts.ts'
import type { TransportFacts } from './transport-facts.ts'

/** Calls the application's function with its arguments. */
type Call = (args: unknown[]) => unknown

/** A message that is being sent: the arguments for the transport, and what to observe. */
interface Sending {
  readonly args: unknown[]
  readonly sent: SentMessage
  /** The message that the transport gets. */
  readonly message: object
}

/**
 * One session of an MCP client or server: from connecting its transport until the transport closes. Requests are correlated by
 * their ids, since responses arrive in the async context in which the session was opened.
 */
export class McpSession {
  readonly #observer: McpObserver
  readonly #role: 'client' | 'server'
  readonly #facts: SessionFacts
  readonly #startup: McpStartup | undefined
  readonly #outgoing: OutgoingMessages
  readonly #incoming: IncomingMessages
  readonly #startedAt: number
  /** Messages that the transport is sending. It may send one again, for example after it has authorized. */
  readonly #beingSent = new WeakSet<object>()
  #isClosed = false
  #isClosing = false

  /**
   * @param protocol the client or server
   * @param startup the start of the server of this session; `undefined` if it is not observed
   */
  constructor(
    observer: McpObserver,
    protocol: object,
    transport: { readonly object: object; readonly facts: TransportFacts },
    startup: McpStartup | undefined,
  ) {
    this.#observer = observer
    this.#role = isClient(protocol) ? 'client' : 'server'
    this.#facts = new SessionFacts(transport.facts, transport.object)
    this.#startup = startup
    this.#outgoing = new OutgoingMessages(observer, protocol, this.#facts, startup)
    this.#incoming = new IncomingMessages(observer, this.#facts)
    this.#startedAt = observer.instruments.now()
  }

  /** Whether the session is observed: until it closes, and while its observer is that of the process. */
  get isActive(): boolean {
    return !this.#isClosed && mcpObserver() === this.#observer
  }

  /**
   * Called instead of `send` of the transport.
   * @param args the message and the options
   * @param send sends a message
   */
  send(args: unknown[], send: Call): unknown {
    const sending = this.#startSending(args)
    if (sending === undefined) return send(args)
    const { sent, message } = sending
    return trackCompletion(
      () => runIn(sent.operation, () => send(sending.args)),
      (completion) => this.#endSending(sent, message, completion),
    )
  }

  /**
   * Called instead of `onmessage` of the transport.
   * @param args the message and its details
   * @param handle handles a message
   */
  receive(args: unknown[], handle: Call): unknown {
    const operation = this.#startReceiving(args)
    if (operation === undefined) return handle(args)
    if (operation.isRequest) return runIn(operation, () => handle(args))
    try {
      return handle(args)
    } finally {
      operation.end({ errorType: undefined })
    }
  }

  /** Called when the application closes the session. */
  closing(): void {
    this.#isClosing = true
  }

  /** Called when connecting has failed, with the error of the SDK. */
  connectingFailed(error: unknown): void {
    this.#outgoing.connectingFailed(error)
    this.closed()
  }

  /** Called when the transport has closed. */
  readonly closed = guardVoid('mcp_close', () => {
    if (this.#isClosed) return
    this.#isClosed = true
    const isBroken = this.#outgoing.pendingCount + this.#incoming.pendingCount > 0
    // If connecting fails, the SDK closes the transport first and then reports the reason.
    this.#outgoing.closed(this.#startup?.isConnecting === true)
    this.#incoming.closed()
    this.#startup?.closed(this.#isClosing)
    this.#recordSession(isBroken ? 'connection_closed' : undefined)
  })

  readonly #startSending = guard<[unknown[]], Sending | undefined>(
    'mcp_send',
    (args) => {
      const [given, options] = args
      const message = readJsonRpc(given)
      if (message === undefined || this.#beingSent.has(given as object)) return undefined
      if (message.kind === 'response') this.#incoming.answered(message)
      const sent = this.#outgoing.start(message, objectOf(options)?.['requestSignal'])
      if (sent === undefined) return undefined
      const meta = this.#observer.tracer.metaOf(sent.operation.context)
      const replaced = meta === undefined ? (given as object) : withMeta(given as object, message, meta)
      this.#beingSent.add(replaced)
      return { args: [replaced, ...args.slice(1)], sent, message: replaced }
    },
    undefined,
  )

  readonly #endSending = guardVoid(
    'mcp_send',
    (sent: SentMessage, message: object, completion: Completion) => {
      this.#beingSent.delete(message)
      sent.sent(completion.threw ? { thrown: completion.error } : undefined)
    },
  )

  readonly #startReceiving = guard<[unknown[]], McpOperation | undefined>(
    'mcp_receive',
    ([given]) => {
      const message: JsonRpcMessage | undefined = readJsonRpc(given)
      if (message?.kind === 'response') this.#outgoing.answered(message)
      return message === undefined || message.kind === 'response' ? undefined : this.#incoming.start(message)
    },
    undefined,
  )

  /** Records a session over stdio that was initialized, or one of HTTP with an id: without an id it is one request. */
  #recordSession(errorType: string | undefined): void {
    const { transport, protocolVersion, sessionId } = this.#facts
    const isOpen = sessionId !== undefined || (transport.kind === 'stdio' && protocolVersion !== undefined)
    if (!isOpen) return
    const { mcp, now, activeContext } = this.#observer.instruments
    const { networkProtocol, server } = transport
    const facts = { protocolVersion, transport: transport.transport, networkProtocol, server, errorType }
    mcp.sessionEnded(this.#role, facts, (now() - this.#startedAt) / 1000, activeContext())
  }
}

/** Whether an object that connects a transport is a client. */
export function isClient(protocol: object): boolean {
  return 'callTool' in protocol
}

/** Runs a call in the context of an operation, if it has one of its own. */
function runIn<Result>({ hasSpan, context }: McpOperation, run: () => Result): Result {
  return hasSpan ? contexts.with(context, run) : run()
}
