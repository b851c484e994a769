/** Plans the requests of a traffic mix. */

/** Number of requests of each type. Default: 0. */
export interface TrafficMix {
  /** JSON answers, alternating between the Responses API and chat completions. Includes `toolCalls` and `mcpCalls`. */
  readonly json?: number
  /** Of `json`: requests in which the model calls a function tool that the gateway runs. */
  readonly toolCalls?: number
  /** Of `toolCalls`: calls that fail. */
  readonly toolErrors?: number
  /** Of `json`: requests in which the model calls a tool of the MCP server `exchange`. */
  readonly mcpCalls?: number
  /** Of `mcpCalls`: calls whose result has `isError`. */
  readonly mcpErrors?: number
  /** Complete streams, alternating between the APIs. Includes `toolStreams`. */
  readonly streams?: number
  /** Of `streams`: requests in which the model calls a function tool. */
  readonly toolStreams?: number
  /** Streams that the client aborts after the first event, alternating between the APIs. */
  readonly abortedStreams?: number
  /** Streams during which the engine fails, alternating between the APIs. */
  readonly failedStreams?: number
  /** `GET /v1/responses/<unknown id>`. */
  readonly notFound?: number
  /** `GET` of a path without a route. */
  readonly unmatched?: number
  /** Requests that the engine answers with 500, and the gateway with 502. */
  readonly failing?: number
}

/** Type of a request. */
export type RequestType =
  | 'json'
  | 'stream'
  | 'aborted stream'
  | 'failed stream'
  | 'not found'
  | 'unmatched'
  | 'failing'

/** A request to send. */
export interface PlannedRequest {
  readonly type: RequestType
  readonly api: 'responses' | 'chat'
  readonly prompt: string
  /** Tool that the model calls. */
  readonly tool?: 'function' | 'mcp'
  readonly toolFails?: boolean
}

/**
 * Returns the requests of a mix in the order in which to send them.
 *
 * @throws RangeError if a number exceeds the number that includes it
 */
export function planRequests(mix: TrafficMix): PlannedRequest[] {
  const toolCalls = planToolCalls('function', mix.toolCalls ?? 0, mix.toolErrors ?? 0)
  const mcpCalls = planToolCalls('mcp', mix.mcpCalls ?? 0, mix.mcpErrors ?? 0)
  const toolStreams = planToolCalls('function', mix.toolStreams ?? 0, 0)
  return [
    ...withToolCalls('json', mix.json ?? 0, [...toolCalls, ...mcpCalls]),
    ...withToolCalls('stream', mix.streams ?? 0, toolStreams),
    ...alternatingApis('aborted stream', mix.abortedStreams ?? 0, 'slow'),
    ...alternatingApis('failed stream', mix.failedStreams ?? 0, 'an answer, then fail event'),
    ...alternatingApis('not found', mix.notFound ?? 0, ''),
    ...alternatingApis('unmatched', mix.unmatched ?? 0, ''),
    ...alternatingApis('failing', mix.failing ?? 0, 'fail 500'),
  ]
}

const PROMPTS = {
  function: { works: 'call get_weather {"city":"Oslo"}', fails: 'call get_weather {"city":"Atlantis"}' },
  mcp: {
    works: 'call convert {"amount":10,"currency":"NOK"}',
    fails: 'call convert {"amount":10,"currency":"???"}',
  },
}

type PlannedToolCall = Required<Pick<PlannedRequest, 'tool' | 'toolFails' | 'prompt'>>

function planToolCalls(tool: 'function' | 'mcp', count: number, errors: number): PlannedToolCall[] {
  if (errors > count) throw new RangeError(`${errors} errors in ${count} ${tool} calls`)
  return Array.from({ length: count }, (_, index) => {
    const toolFails = index >= count - errors
    return { tool, toolFails, prompt: PROMPTS[tool][toolFails ? 'fails' : 'works'] }
  })
}

/** The requests with a tool call come first and use the Responses API. */
function withToolCalls(
  type: 'json' | 'stream',
  count: number,
  toolCalls: PlannedToolCall[],
): PlannedRequest[] {
  if (toolCalls.length > count)
    throw new RangeError(`${toolCalls.length} tool calls in ${count} ${type} requests`)
  const rest = alternatingApis(type, count - toolCalls.length, `a ${type} request`)
  return [...toolCalls.map((call): PlannedRequest => ({ type, api: 'responses', ...call })), ...rest]
}

function alternatingApis(type: RequestType, count: number, prompt: string): PlannedRequest[] {
  return Array.from({ length: count }, (_, index) => ({
    type,
    api: index % 2 === 0 ? 'responses' : 'chat',
    prompt,
  }))
}
