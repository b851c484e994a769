import { guardVoid } from '../patching/guard.ts'
import { isInMcpStartup } from '../request-context/current-request.ts'
import { startMcpToolCall } from '../request-context/mcp-tool-call.ts'
import type {
  JsonRpcMessage,
  JsonRpcNotification,
  JsonRpcRequest,
  JsonRpcResponse,
} from '../wire/json-rpc.ts'
import { listedPrompts, listedTools } from './list-results.ts'
import { errorTypeOfCancellation, errorTypeOfException } from './mcp-error.ts'
import type { McpObserver } from './mcp-observer.ts'
import type { McpStartup } from './mcp-startup.ts'
import { McpOperation, type OperationEnd } from './operation.ts'
import { PendingOperations } from './pending-operations.ts'
import { hasTimedOut } from './request-timeout.ts'
import type { SessionFacts } from './session-facts.ts'

/** A message that is being sent. */
export interface SentMessage {
  readonly operation: McpOperation
  /** Called when the transport has sent the message, or has failed to. */
  sent(error: { readonly thrown: unknown } | undefined): void
}

/** Observes the requests and notifications that the process sends, and the responses to these requests. */
export class OutgoingMessages {
  readonly #observer: McpObserver
  readonly #session: SessionFacts
  readonly #startup: McpStartup | undefined
  readonly #protocol: object
  readonly #pending = new PendingOperations()

  /** @param protocol the client or server that sends the messages */
  constructor(
    observer: McpObserver,
    protocol: object,
    session: SessionFacts,
    startup: McpStartup | undefined,
  ) {
    this.#observer = observer
    this.#protocol = protocol
    this.#session = session
    this.#startup = startup
  }

  /** Number of requests without a response. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /**
   * Called before a message is sent.
   * @param signal aborts the request, if the transport cancels it without a message
   * @returns `undefined` if the message is not observed: a response, or a request that is sent again
   */
  start(message: JsonRpcMessage, signal: unknown): SentMessage | undefined {
    if (message.kind === 'response') return undefined
    if (message.kind === 'notification') return this.#startNotification(message)
    return this.#pending.canAdd(message.id) ? this.#startRequest(message, signal) : undefined
  }

  /** Called when a response has arrived. */
  answered({ id, result, errorCode }: JsonRpcResponse): void {
    if (errorCode !== undefined) {
      this.#endRequest(id, { errorType: errorCode, statusCode: errorCode })
      return
    }
    if (this.#pending.get(id)?.method === 'initialize') this.#session.initialized(result)
    const errorType = result?.['isError'] === true ? 'tool_error' : undefined
    const operation = this.#pending.end(id, { errorType, result })
    if (operation === undefined) return
    const tools = operation.method === 'tools/list' ? listedTools(result) : undefined
    for (const name of tools ?? []) this.#observer.instruments.mcpTools.add(name)
    if (operation.method === 'prompts/list')
      for (const name of listedPrompts(result)) this.#observer.prompts.add(name)
    this.#startup?.requestSucceeded(operation.method, tools?.length)
  }

  /**
   * Called when the session has closed.
   * @param keepsHandshake whether to keep a request whose failure the SDK is about to report by its reason
   */
  closed(keepsHandshake: boolean): void {
    const ended = this.#pending.endAll(
      { errorType: 'connection_closed' },
      ({ method }) => !(keepsHandshake && method === 'initialize'),
    )
    for (const { method } of ended) this.#startup?.requestFailed(method, 'connection_closed')
  }

  /** Called when connecting has failed, with the error of the SDK. */
  connectingFailed(error: unknown): void {
    this.#pending.endAll({ errorType: errorTypeOfException(error) })
  }

  #startRequest(request: JsonRpcRequest, signal: unknown): SentMessage {
    const operation = this.#operationOf(request)
    const { id } = request
    this.#session.metaSeen(request.params?.['_meta'])
    if (isInMcpStartup()) this.#startup?.countedByCode()
    const span = this.#observer.tracer.startCall(operation.spanStart(id), operation.context)
    operation.setSpan(span, request.params?.['arguments'])
    if (operation.target?.kind === 'tool')
      operation.setToolCall(startMcpToolCall(this.#observer.instruments, operation.target.name))
    this.#pending.add(id, operation)
    if (signal instanceof AbortSignal) {
      const onAbort = guardVoid('mcp_send', () =>
        this.#endRequest(id, { errorType: hasTimedOut(this.#protocol, id) ? 'timeout' : 'cancelled' }),
      )
      signal.addEventListener('abort', onAbort, { once: true })
    }
    return {
      operation,
      sent: (error) => {
        if (error !== undefined) this.#endRequest(id, { errorType: errorTypeOfException(error.thrown) })
      },
    }
  }

  #startNotification(notification: JsonRpcNotification): SentMessage {
    const { method, params } = notification
    if (method === 'notifications/cancelled') this.#cancelled(params)
    const operation = this.#operationOf(notification)
    return {
      operation,
      sent: (error) => operation.end({ errorType: error && errorTypeOfException(error.thrown) }),
    }
  }

  #operationOf(message: JsonRpcRequest | JsonRpcNotification): McpOperation {
    const { instruments, prompts } = this.#observer
    const names = { tools: instruments.mcpTools, prompts }
    const context = instruments.activeContext()
    return new McpOperation(this.#observer, 'client', message, { session: this.#session, names, context })
  }

  #cancelled(params: JsonRpcNotification['params']): void {
    const id = params?.['requestId']
    this.#endRequest(String(id), { errorType: errorTypeOfCancellation(params?.['reason']) })
  }

  #endRequest(id: string, end: OperationEnd): void {
    const operation = this.#pending.end(id, end)
    if (operation !== undefined && end.errorType !== undefined)
      this.#startup?.requestFailed(operation.method, end.errorType)
  }
}
