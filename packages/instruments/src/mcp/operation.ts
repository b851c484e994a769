import type { Context } from '@opentelemetry/api'
import { boundedText } from '../cardinality/bounded-text.ts'
import type { ListedNames } from '../cardinality/listed-names.ts'
import { MCP_METHOD } from '../cardinality/mcp.ts'
import { guardVoid } from '../patching/guard.ts'
import type { McpToolCall } from '../request-context/mcp-tool-call.ts'
import type { McpSpan, McpSpanStart } from '../tracing/mcp-tracer.ts'
import type { JsonObject, JsonRpcNotification, JsonRpcRequest } from '../wire/json-rpc.ts'
import type { McpObserver } from './mcp-observer.ts'
import type { SessionFacts } from './session-facts.ts'

const KNOWN_METHODS: ReadonlySet<string> = new Set(MCP_METHOD.values)

/** The tool of a `tools/call`, or the prompt of a `prompts/get`. */
interface Target {
  readonly kind: 'tool' | 'prompt'
  readonly name: string
}

/** How a request ended. */
export interface OperationEnd {
  /** `error.type`; `undefined` if there was no error. */
  readonly errorType: string | undefined
  /** The code of a JSON-RPC error. */
  readonly statusCode?: string | undefined
  /** The result in the response; `undefined` if there is none. */
  readonly result?: JsonObject | undefined
}

/** Names that servers have listed, which limit the names in calls. */
export interface KnownNames {
  readonly tools: ListedNames
  readonly prompts: ListedNames
}

/** One request or notification, until it has ended. */
export class McpOperation {
  readonly method: string
  /** Whether the message is a request, which has a response. */
  readonly isRequest: boolean
  readonly target: Target | undefined
  readonly #observer: McpObserver
  readonly #side: 'client' | 'server'
  readonly #session: SessionFacts
  readonly #names: KnownNames
  readonly #startedAt: number
  #context: Context
  #span: McpSpan | undefined
  #toolCall: McpToolCall | undefined
  #hasEnded = false

  /**
   * @param side `client` if the process sends the message, `server` if it receives it
   * @param context the context in which the message is sent or received
   */
  constructor(
    observer: McpObserver,
    side: 'client' | 'server',
    message: JsonRpcRequest | JsonRpcNotification,
    parts: { readonly session: SessionFacts; readonly names: KnownNames; readonly context: Context },
  ) {
    this.method = message.method
    this.isRequest = message.kind === 'request'
    this.target = message.kind === 'request' ? targetOf(message) : undefined
    this.#observer = observer
    this.#side = side
    this.#session = parts.session
    this.#names = parts.names
    this.#context = parts.context
    this.#startedAt = observer.instruments.now()
  }

  /** The context of the operation, with its span if it has one. */
  get context(): Context {
    return this.#context
  }

  /** Whether the operation has a context of its own. */
  get hasSpan(): boolean {
    return this.#span !== undefined
  }

  /**
   * Sets the span of the operation.
   * @param toolArguments `params.arguments` of the message
   */
  setSpan(span: McpSpan | undefined, toolArguments: unknown): void {
    if (span === undefined) return
    this.#span = span
    this.#context = span.context
    if (this.target?.kind === 'tool') span.setContent?.('arguments', toolArguments)
  }

  /** Sets the call of a tool that ends with this operation. */
  setToolCall(call: McpToolCall): void {
    this.#toolCall = call
  }

  /** Returns what the span of a request describes at its start. */
  spanStart(requestId: string): McpSpanStart {
    const { transport, networkProtocol, server, serverLabel } = this.#session.transport
    return {
      method: this.#methodLabel,
      target: this.target && { kind: this.target.kind, name: boundedText(this.target.name) },
      isTargetKnown: this.#side === 'client' || this.#isTargetListed,
      requestId: boundedText(requestId),
      sessionId: this.#session.sessionId,
      transport,
      networkProtocol,
      server: this.#side === 'client' ? server : undefined,
      serverLabel: this.#side === 'client' ? boundedText(serverLabel) : undefined,
    }
  }

  /** Ends the operation; only the first call counts. Never throws. */
  end(end: OperationEnd): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    for (const step of McpOperation.#steps) step(this, end)
  }

  /** The steps at the end of an operation. Each runs, also after one that throws. */
  static readonly #steps = [
    guardVoid('mcp_end', (operation: McpOperation, end: OperationEnd) => operation.#record(end)),
    guardVoid('mcp_end', (operation: McpOperation, end: OperationEnd) => operation.#endSpan(end)),
    guardVoid('mcp_end', (operation: McpOperation, end: OperationEnd) => operation.#endToolCall(end)),
  ]

  #record({ errorType, statusCode }: OperationEnd): void {
    const { method, target } = this
    const { transport, networkProtocol, server } = this.#session.transport
    const { protocolVersion } = this.#session
    const name = target && this.#listedNames(target).label(target.name)
    const toolName = target?.kind === 'tool' ? name : undefined
    const promptName = target?.kind === 'prompt' ? name : undefined
    const session = { protocolVersion, transport, networkProtocol, server, errorType }
    const facts = { ...session, method, toolName, promptName, statusCode }
    this.#observer.instruments.mcp.operationEnded(this.#side, facts, this.#seconds, this.#context)
  }

  #endSpan({ errorType, statusCode, result }: OperationEnd): void {
    if (this.target?.kind === 'tool') this.#span?.setContent?.('result', result)
    this.#span?.end({ protocolVersion: this.#session.protocolVersion, errorType, statusCode })
  }

  #endToolCall({ errorType }: OperationEnd): void {
    this.#toolCall?.ended(this.#seconds, errorType, this.#context)
  }

  get #seconds(): number {
    return (this.#observer.instruments.now() - this.#startedAt) / 1000
  }

  get #methodLabel(): string {
    return KNOWN_METHODS.has(this.method) ? this.method : MCP_METHOD.overflow
  }

  get #isTargetListed(): boolean {
    const { target } = this
    return target !== undefined && this.#listedNames(target).has(target.name)
  }

  #listedNames({ kind }: Target): ListedNames {
    return kind === 'tool' ? this.#names.tools : this.#names.prompts
  }
}

function targetOf({ method, params }: JsonRpcRequest): Target | undefined {
  const kind = method === 'tools/call' ? 'tool' : method === 'prompts/get' ? 'prompt' : undefined
  const name = (params as JsonObject | undefined)?.['name']
  return kind !== undefined && typeof name === 'string' ? { kind, name } : undefined
}
