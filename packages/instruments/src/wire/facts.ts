/** Result of a stream, from its end event. */
export type StreamResult = 'completed' | 'failed'

/** The format of a stream defines an end event: without {@link StreamEnded}, the stream is incomplete. Reported once. */
export interface EndExpected {
  readonly type: 'end_expected'
}

/** Operations of the APIs, by their values of `gen_ai.operation.name`. */
export type LlmOperation = 'chat' | 'text_completion' | 'embeddings'

/**
 * The API of a body or stream was identified. Reported once, before other facts of that API. A request may fit several APIs:
 * the path, or the response, is certain where the request is not.
 */
export interface ApiIdentified {
  readonly type: 'api_identified'
  /** `api` of the wire format: `responses`, `chat_completions`, `messages`, `completions` or `embeddings`. */
  readonly api: string
  readonly operation: LlmOperation
}

/** A stream contained an end event. Reported again if a later end event has another result; the last one counts. */
export interface StreamEnded {
  readonly type: 'stream_ended'
  readonly result: StreamResult
}

/** An error was sent, in an event of a stream or as the body of a response. */
export interface ErrorReported {
  readonly type: 'error_reported'
  /** Class of the error, such as `invalid_request_error`. */
  readonly errorType: string | undefined
  /** Such as `rate_limit_exceeded`; a numeric code is given as its decimal digits. */
  readonly code: string | undefined
}

/** A request contained the name of the requested model. */
export interface ModelRequested {
  readonly type: 'model_requested'
  readonly model: string
}

/** A request asked for an event stream. */
export interface StreamRequested {
  readonly type: 'stream_requested'
}

/** A response contained the name of the model that generated it. */
export interface ModelServed {
  readonly type: 'model_served'
  readonly model: string
}

/** A request offered a tool to the model. */
export interface ToolOffered {
  readonly type: 'tool_offered'
  /** Type in the terms of the API: `function`, `web_search`, `mcp`, `custom`, …. */
  readonly toolType: string
  readonly name: string | undefined
}

/** The model requested a tool call. Reported once for each call. */
export interface ToolCallRequested {
  readonly type: 'tool_call_requested'
  /** Type in the terms of the API: `function_call`, `mcp_call` (Responses), `function` (chat), `tool_use` (Messages), …. */
  readonly toolType: string
  readonly name: string | undefined
  /**
   * MCP server of the tool, as the API names it (Responses, Messages). vLLM gives its built-in tools the labels `code_interpreter`, `container` and
   * `web_search_preview`.
   */
  readonly serverLabel: string | undefined
  /** Joins the call with its result in the next request. */
  readonly callId: string | undefined
  /** Position in the output (Responses, Messages) or in `tool_calls` (chat completions). */
  readonly outputIndex: number | undefined
  /** Whether a call that the service executed itself failed; `undefined`: it succeeded, or the caller executes it. */
  readonly failed: true | undefined
}

/**
 * A request contained the result of a tool call. Reported once for each call id in the body. Requests repeat the results of
 * earlier ones.
 */
export interface ToolResultSent {
  readonly type: 'tool_result_sent'
  /** `callId` of the {@link ToolCallRequested}. */
  readonly callId: string
  /** Whether the result reports a failure of the call; `undefined`: it succeeded, or the API does not define it. */
  readonly failed: true | undefined
}

/** Token counts of a response so far. Some streams report them several times; the last report counts. */
export interface TokenUsage {
  readonly type: 'token_usage'
  /** All input tokens, those read from and written to a prompt cache included. */
  readonly inputTokens: number | undefined
  /** All output tokens, reasoning included. */
  readonly outputTokens: number | undefined
  /** Input tokens that were read from a prompt cache. */
  readonly cachedInputTokens: number | undefined
  /** Input tokens that were written to a prompt cache. */
  readonly cacheWriteInputTokens: number | undefined
  /** Output tokens that were spent on reasoning. */
  readonly reasoningTokens: number | undefined
}

/** The model stopped generating. Chat completions report it once for each choice. */
export interface GenerationFinished {
  readonly type: 'generation_finished'
  /** In the terms of the API: `stop`, `tool_calls`, `end_turn`, `completed`, `max_output_tokens`, …. */
  readonly reason: string
  /** Index of the choice; 0 for APIs without choices. */
  readonly choice: number
}

/** The APIs of LLM sessions over WebSocket. */
export type SessionApi = 'realtime' | 'responses'

/** The messages of a WebSocket are those of an LLM session. Reported once, before all other facts. */
export interface SessionRecognised {
  readonly type: 'session_recognised'
  readonly api: SessionApi
}

/** The client requested a response. */
export interface TurnRequested {
  readonly type: 'turn_requested'
  /** Id that the client gave the event; an error of the server may refer to it. */
  readonly eventId: string | undefined
}

/** The client requested to cancel a response. */
export interface TurnCancelRequested {
  readonly type: 'turn_cancel_requested'
  /** `undefined`: the response in progress. */
  readonly responseId: string | undefined
}

/**
 * The id of a response. Reported once for a body or an event stream. In an LLM session, each event of the server that belongs
 * to a response reports it before its other facts.
 */
export interface ResponseIdentified {
  readonly type: 'response_identified'
  /** `undefined`: the response in progress of a session. */
  readonly responseId: string | undefined
}

/** The server started a response: one that was requested, or one that it started by itself. */
export interface TurnStarted {
  readonly type: 'turn_started'
}

/** The server sent output of a response. */
export interface TurnOutput {
  readonly type: 'turn_output'
}

/** The server ended a response. The other facts of the event come before. */
export interface TurnEnded {
  readonly type: 'turn_ended'
  readonly result: 'completed' | 'cancelled' | 'failed'
}

/** The server sent an error over a session. {@link ErrorReported} comes before. */
export interface EventRejected {
  readonly type: 'event_rejected'
  /** Id of the client's event that caused the error; `undefined` if the server does not name it. */
  readonly eventId: string | undefined
  /** Whether the error ends the response in progress, if there is one. */
  readonly endsResponse: boolean
}

/** What a reader extracts from bytes. Strings have at most 256 UTF-16 units and are chosen by the peer: bound them. */
export type Fact =
  | ApiIdentified
  | EndExpected
  | StreamEnded
  | ErrorReported
  | ModelRequested
  | StreamRequested
  | ModelServed
  | ToolOffered
  | ToolCallRequested
  | ToolResultSent
  | TokenUsage
  | GenerationFinished
  | SessionRecognised
  | TurnRequested
  | TurnCancelRequested
  | ResponseIdentified
  | TurnStarted
  | TurnOutput
  | TurnEnded
  | EventRejected

/** Receives facts in the order of the bytes. */
export interface FactSink {
  /**
   * Types of the facts that the sink uses at the moment; others are not extracted. With `end_expected` and `stream_ended`
   * alone, reading costs one or two comparisons per event.
   */
  readonly wants: ReadonlySet<Fact['type']>
  /** Called with each wanted fact. Exceptions reach the caller of the reader. */
  onFact(fact: Fact): void
}
