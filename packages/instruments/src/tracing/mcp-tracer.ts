import type { Context } from '@opentelemetry/api'

/**
 * Traces MCP requests and starts of MCP servers. The hooks on MCP clients and servers use tracing only through this interface.
 * Implementations are {@link NOOP_MCP_TRACER}, the default, and the tracer of `@vr/otel`. Errors that the methods throw are
 * counted and logged, and do not reach the application.
 */
export interface McpTracer {
  /**
   * Starts the span of a request that the process sends.
   * @param context the context in which the application sends it
   * @returns `undefined` if the request has no span
   */
  startCall(request: McpSpanStart, context: Context): McpSpan | undefined

  /**
   * Starts the span of a request that the process receives, or continues an unsampled trace. The parent is the trace in
   * `params._meta`, else the span of `ambient`. If there are both, the span has a link to that of `ambient`.
   * @param meta `params._meta` of the request
   * @param ambient the context in which the request arrives, such as that of an HTTP request
   * @returns `undefined` if the request is handled in `ambient`
   */
  startRequest(
    request: McpSpanStart,
    meta: Readonly<Record<string, unknown>> | undefined,
    ambient: Context,
  ): McpSpan | undefined

  /**
   * Starts the span of the start of an MCP server.
   * @param context the context in which the application connects to it
   * @returns `undefined` if the start has no span
   */
  startStartup(serverLabel: string, context: Context): McpStartupSpan | undefined

  /** Returns the members of `params._meta` that propagate the trace of `context`; `undefined` if there are none. */
  metaOf(context: Context): Readonly<Record<string, string>> | undefined
}

/** A request at its start. */
export interface McpSpanStart {
  /** Method, bounded as the attribute of metrics is. */
  readonly method: string
  /** Name of the tool or prompt, at most 256 characters; `undefined` for other methods. */
  readonly target: { readonly kind: 'tool' | 'prompt'; readonly name: string } | undefined
  /** Whether the target is part of the span name: whether its name comes from a small set. */
  readonly isTargetKnown: boolean
  /** Id of the request, at most 256 characters. */
  readonly requestId: string
  /** Id of the session; `undefined` if it has none. */
  readonly sessionId: string | undefined
  /** `network.transport`: `pipe` or `tcp`. */
  readonly transport: string | undefined
  /** `network.protocol.name`: `http` or `websocket`. */
  readonly networkProtocol: string | undefined
  /** The server that a client is connected to, over a network. */
  readonly server: { readonly address: string; readonly port: number } | undefined
  /** The label of the server that a client is connected to, at most 256 characters; `undefined` if the process is the server. */
  readonly serverLabel: string | undefined
}

/** How a request ended. */
export interface McpSpanEnd {
  /** `mcp.protocol.version`; `undefined` before it is agreed. */
  readonly protocolVersion: string | undefined
  /** `error.type`; `undefined` if there was no error. */
  readonly errorType: string | undefined
  /** The code of a JSON-RPC error. */
  readonly statusCode: string | undefined
}

/** The span of one request. */
export interface McpSpan {
  /** Has the span, or the ids of an unsampled trace. */
  readonly context: Context
  /**
   * Sets the arguments or the result of a tool call, before the end. Missing if spans have no content.
   * @param value as in the message
   */
  setContent?(kind: 'arguments' | 'result', value: unknown): void
  /** Called once. */
  end(facts: McpSpanEnd): void
}

/** The span of the start of an MCP server. */
export interface McpStartupSpan {
  /** The parent of the spans of the start. */
  readonly context: Context
  /**
   * Called once.
   * @param reason why the start failed; `undefined` if it did not
   */
  end(reason: McpStartupFailure | undefined): void
}

/** Why an MCP server did not start. */
export interface McpStartupFailure {
  /** The command was not found, nothing answered in time, anything threw, no tools, or the connection closed. */
  readonly reason: 'spawn' | 'timeout' | 'exception' | 'empty_list' | 'connection_closed'
  /** `error.type`: the reason, or the code or name of an error. */
  readonly errorType: string
}

/** Starts no spans, and propagates nothing. */
export const NOOP_MCP_TRACER: McpTracer = {
  startCall: () => undefined,
  startRequest: () => undefined,
  startStartup: () => undefined,
  metaOf: () => undefined,
}
