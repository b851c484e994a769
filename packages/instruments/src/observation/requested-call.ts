import type { ToolType } from '../cardinality/tool-type.ts'

/** A tool call as one side shows it: the engine in its answer, or the gateway in its own. */
export interface ShownCall {
  /** Type of the tool by the answer. */
  readonly type: ToolType
  /** Name of the tool; `undefined` if the API has none for the type. */
  readonly name: string | undefined
  /** Id of the call; `undefined` if the answer has none. */
  readonly callId: string | undefined
  /** Whether the side that shows the call has executed it. */
  readonly isExecuted: boolean
  /** Whether the call failed, if the side has executed it. */
  readonly hasFailed: boolean
  /** When the call was shown, in milliseconds of the monotonic clock. */
  readonly shownAt: number
}

/** A tool call in the answer of the gateway. */
export interface GatewayShownCall extends ShownCall {
  /** Time from the last answer of an engine to the next engine call or to `shownAt`; `undefined` if no engine has answered. */
  readonly secondsAfterAnswer: number | undefined
}

/** The result of a call, as the gateway sent it to the engine. */
export interface SentResult {
  /** When the request with the result was sent, in milliseconds of the monotonic clock. */
  readonly sentAt: number
  readonly hasFailed: boolean
}

/** A tool call in the answer of an engine. */
export interface EngineShownCall extends ShownCall {
  /** Identifies the engine call; `undefined` once it has ended. */
  engineCall: object | undefined
  /** When the engine call ended whose answer has the tool call; `undefined` until then. */
  answeredAt: number | undefined
  /** The first result that was sent. */
  result: SentResult | undefined
  /** Whether the call was counted as requested, at the end of its request. */
  isCounted: boolean
}

/** A tool call that the gateway executed by `observeToolCall` or by an MCP client, where it is counted when it ends. */
export interface ObservedExecution {
  readonly type: ToolType
  /** Set when the execution calls an MCP tool, if it has none. */
  name: string | undefined
  readonly callId: string | undefined
  /** When it started, in milliseconds of the monotonic clock. */
  readonly startedAt: number
}

/** One tool call that a model requested, with what each side has shown of it. */
export interface RequestedCall {
  readonly type: ToolType
  readonly engine: EngineShownCall | undefined
  readonly gateway: GatewayShownCall | undefined
  /** Set if the execution is counted elsewhere. */
  readonly execution: ObservedExecution | undefined
}
