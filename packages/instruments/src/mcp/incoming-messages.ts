import type { JsonRpcNotification, JsonRpcRequest, JsonRpcResponse } from '../wire/json-rpc.ts'
import { objectOf } from '../wire/json-rpc.ts'
import { listedPrompts, listedTools } from './list-results.ts'
import { errorTypeOfCancellation } from './mcp-error.ts'
import type { McpObserver } from './mcp-observer.ts'
import { McpOperation, type OperationEnd } from './operation.ts'
import { PendingOperations } from './pending-operations.ts'
import type { SessionFacts } from './session-facts.ts'

/** JSON-RPC errors that are errors of the client: semantic conventions for MCP, server span. */
const CLIENT_ERRORS: ReadonlySet<string> = new Set(['-32700', '-32600', '-32601', '-32602', '-32002'])

/** Observes the requests and notifications that the process receives, and its responses. */
export class IncomingMessages {
  readonly #observer: McpObserver
  readonly #session: SessionFacts
  readonly #pending = new PendingOperations()

  constructor(observer: McpObserver, session: SessionFacts) {
    this.#observer = observer
    this.#session = session
  }

  /** Number of requests without a response. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /**
   * Called before a message is handled. A notification has to be ended by the caller.
   * @returns `undefined` if the message is not observed
   */
  start(message: JsonRpcRequest | JsonRpcNotification): McpOperation | undefined {
    if (message.kind === 'request' && !this.#pending.canAdd(message.id)) return undefined
    const { instruments, tracer, ownTools, ownPrompts } = this.#observer
    const meta = objectOf(message.params?.['_meta'])
    this.#session.metaSeen(meta)
    const context = instruments.activeContext()
    const names = { tools: ownTools, prompts: ownPrompts }
    const operation = new McpOperation(this.#observer, 'server', message, {
      session: this.#session,
      names,
      context,
    })
    if (message.kind === 'notification') {
      if (message.method === 'notifications/cancelled') this.#cancelled(message.params)
      return operation
    }
    const span = tracer.startRequest(operation.spanStart(message.id), meta, context)
    operation.setSpan(span, message.params?.['arguments'])
    this.#pending.add(message.id, operation)
    return operation
  }

  /** Called when the process sends a response. */
  answered({ id, result, errorCode }: JsonRpcResponse): void {
    if (this.#pending.get(id)?.method === 'initialize') this.#session.initialized(result)
    const operation = this.#pending.end(id, endOf(result, errorCode))
    const { ownTools, ownPrompts } = this.#observer
    if (operation?.method === 'tools/list') for (const name of listedTools(result)) ownTools.add(name)
    if (operation?.method === 'prompts/list') for (const name of listedPrompts(result)) ownPrompts.add(name)
  }

  /** Called when the session has closed. */
  closed(): void {
    this.#pending.endAll({ errorType: 'connection_closed' })
  }

  #cancelled(params: JsonRpcNotification['params']): void {
    this.#pending.end(String(params?.['requestId']), {
      errorType: errorTypeOfCancellation(params?.['reason']),
    })
  }
}

function endOf(result: JsonRpcResponse['result'], statusCode: string | undefined): OperationEnd {
  if (statusCode !== undefined)
    return { errorType: CLIENT_ERRORS.has(statusCode) ? undefined : statusCode, statusCode }
  return { errorType: result?.['isError'] === true ? 'tool_error' : undefined, result }
}
