/** A mix of traffic as a list of requests, each of which knows what it must leave on `/metrics`. */

/** How many requests of each sort. Those that are left out are 0. */
export interface Mix {
  /** Answered as JSON: Responses API and chat completions by turns. Tool and MCP calls are among them. */
  readonly json?: number
  /** Of `json`: requests in which the model asks for a function tool that the gateway runs. */
  readonly toolCalls?: number
  /** Of `toolCalls`: those whose tool fails. */
  readonly toolErrors?: number
  /** Of `json`: requests in which the model asks for a tool of the MCP server `exchange`. */
  readonly mcpCalls?: number
  /** Of `mcpCalls`: those whose tool answers `isError`. */
  readonly mcpErrors?: number
  /** Streamed to the end, both APIs by turns. Tool streams are among them. */
  readonly streams?: number
  /** Of `streams`: those in which the model asks for a function tool. */
  readonly toolStreams?: number
  /** Streams, both APIs by turns, that the client aborts after the first event. */
  readonly abortedStreams?: number
  /** Streams, both APIs by turns, in whose middle the engine fails. */
  readonly failedStreams?: number
  /** `GET /v1/responses/<an id that nobody has>`. */
  readonly notFound?: number
  /** `GET` of a path that the gateway has not. */
  readonly unmatched?: number
  /** Requests that the engine refuses with a 500, so that the gateway answers 502. */
  readonly failing?: number
}

/** What one request asks for. */
export type Sort =
  | 'json'
  | 'stream'
  | 'aborted stream'
  | 'failed stream'
  | 'not found'
  | 'unmatched'
  | 'failing'

/** One request to come. */
export interface Step {
  readonly sort: Sort
  readonly api: 'responses' | 'chat'
  readonly prompt: string
  /** The tool that the model will ask for. */
  readonly tool?: 'function' | 'mcp'
  readonly toolFails?: boolean
}

/** The requests of a mix in the order in which they are sent; throws a `RangeError` if it cannot be. */
export function stepsOf(mix: Mix): Step[] {
  const toolCalls = calls('function', mix.toolCalls ?? 0, mix.toolErrors ?? 0)
  const mcpCalls = calls('mcp', mix.mcpCalls ?? 0, mix.mcpErrors ?? 0)
  const toolStreams = calls('function', mix.toolStreams ?? 0, 0)
  return [
    ...withCalls('json', mix.json ?? 0, [...toolCalls, ...mcpCalls]),
    ...withCalls('stream', mix.streams ?? 0, toolStreams),
    ...byTurns('aborted stream', mix.abortedStreams ?? 0, 'slow'),
    ...byTurns('failed stream', mix.failedStreams ?? 0, 'tell me, then fail event'),
    ...byTurns('not found', mix.notFound ?? 0, ''),
    ...byTurns('unmatched', mix.unmatched ?? 0, ''),
    ...byTurns('failing', mix.failing ?? 0, 'fail 500'),
  ]
}

const PROMPTS = {
  function: { works: 'call get_weather {"city":"Oslo"}', fails: 'call get_weather {"city":"Atlantis"}' },
  mcp: {
    works: 'call convert {"amount":10,"currency":"NOK"}',
    fails: 'call convert {"amount":10,"currency":"???"}',
  },
}

type Call = Required<Pick<Step, 'tool' | 'toolFails' | 'prompt'>>

function calls(tool: 'function' | 'mcp', count: number, errors: number): Call[] {
  if (errors > count) throw new RangeError(`${errors} errors in ${count} ${tool} calls`)
  return Array.from({ length: count }, (_, index) => {
    const toolFails = index >= count - errors
    return { tool, toolFails, prompt: PROMPTS[tool][toolFails ? 'fails' : 'works'] }
  })
}

/** The requests with a tool call are the first ones, and of the Responses API. */
function withCalls(sort: 'json' | 'stream', count: number, toolCalls: Call[]): Step[] {
  if (toolCalls.length > count)
    throw new RangeError(`${toolCalls.length} tool calls in ${count} ${sort} requests`)
  const rest = byTurns(sort, count - toolCalls.length, `a ${sort} request about nothing`)
  return [...toolCalls.map((call): Step => ({ sort, api: 'responses', ...call })), ...rest]
}

function byTurns(sort: Sort, count: number, prompt: string): Step[] {
  return Array.from({ length: count }, (_, index) => ({
    sort,
    api: index % 2 === 0 ? 'responses' : 'chat',
    prompt,
  }))
}
