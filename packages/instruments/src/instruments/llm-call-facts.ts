import type { LlmOperation, TokenUsage } from '../wire/facts.ts'

/** What identifies a call to an LLM API. Models are names that the application or the server chose: bound them. */
export interface LlmCallIdentity {
  readonly operation: LlmOperation
  /** Name of the wire format, such as `responses`; `undefined` if neither the path nor the bodies identified it. */
  readonly api: string | undefined
  /** `gen_ai.provider.name`, a bounded value. */
  readonly provider: string
  /** The model in the body of the request. */
  readonly requestModel: string | undefined
  /** The model in the response. */
  readonly responseModel: string | undefined
  readonly serverAddress: string
  readonly serverPort: number
}

/** One attempt of a call to an LLM API, when it has ended. Values are `undefined` if no message had them. */
export interface LlmCallFacts extends LlmCallIdentity {
  readonly responseId: string | undefined
  /** Status code; `undefined` if no response arrived. */
  readonly status: number | undefined
  /** `error.type`: of a failed call, the status code, or the code or class of the error in its response. */
  readonly errorType: string | undefined
  /** Token counts that the server reported. They are never estimated. */
  readonly usage: TokenUsage | undefined
  /** Whether the response was an event stream. */
  readonly isStream: boolean
  /** Whether the body of a successful response was read: an event stream or JSON, which could be decoded. */
  readonly isRead: boolean
  /** Whether the whole response was received and, if it was a stream, its end event. */
  readonly isComplete: boolean
  /** Duration of the attempt. */
  readonly seconds: number
  /** Time from the start to the first bytes of the body; `undefined` if none arrived. */
  readonly secondsToFirstChunk: number | undefined
  /** Each finish reason once, in the terms of the API. */
  readonly finishReasons: readonly string[]
  /** Number of tool calls that the model requested. */
  readonly toolCalls: number
}
