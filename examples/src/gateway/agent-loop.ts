/** The agent loop: ask the engine, run the tools that it asks for, ask again with their output. */
import { Answer } from './answer.ts'
import type { EngineClient, Item, ResponseEvent } from './engine-client.ts'
import type { RequestTool, RunnableTool, Toolbox } from './tools.ts'

/** The body of `POST /v1/responses`; what is not named here goes to the engine as it is. */
export interface ResponsesRequest {
  readonly input: string | readonly Item[]
  readonly tools?: readonly RequestTool[]
  readonly stream?: boolean
  readonly store?: boolean
  readonly [field: string]: unknown
}

/** Engine calls for one request, at most. */
const MAX_ROUNDS = 8

/** A call that the engine asked for, with the tool that serves it. */
interface Call {
  readonly item: Item
  readonly tool: RunnableTool | undefined
}

/**
 * Answers a request with the events of one response; the last one has the whole response. Throws `EngineError`
 * when the engine fails; if that is before the first event, nothing was sent yet.
 */
export async function* answerEvents(
  request: ResponsesRequest,
  engine: EngineClient,
  toolbox: Toolbox,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent, void> {
  const answer = new Answer(request)
  const tools = toolbox.offer(request.tools)
  const input: Item[] = itemsOf(request.input)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const events = await engine.openResponse({ ...request, input, tools }, signal)
    if (round === 0) yield* answer.begin()
    const calls = yield* forwardRound(events, answer, toolbox)
    let open = 0
    for (const { item, tool } of calls) {
      if (tool === undefined) open++
      else input.push(item, yield* runCall(item, tool, answer, toolbox, signal))
    }
    // What the gateway cannot run is the client's to run: it gets the answer so far.
    if (calls.length === 0 || open > 0) {
      yield answer.end('completed')
      return
    }
  }
  yield answer.end('incomplete')
}

/** Passes the events of one engine call on, except those of MCP calls; returns the calls. */
async function* forwardRound(
  events: AsyncIterable<ResponseEvent>,
  answer: Answer,
  toolbox: Toolbox,
): AsyncGenerator<ResponseEvent, Call[]> {
  const calls: Call[] = []
  const places = new Map<number | undefined, number>()
  for await (const event of events) {
    const { type, item, output_index: index } = event
    const tool = item?.type === 'function_call' ? toolbox.find(item.name) : undefined
    if (type === 'response.output_item.added' && tool?.type !== 'mcp') places.set(index, answer.nextIndex())
    const place = places.get(index)
    if (place !== undefined) yield answer.event({ ...event, output_index: place })
    if (type === 'response.completed' || type === 'response.incomplete') answer.spend(event.response?.usage)
    if (type !== 'response.output_item.done' || item === undefined) continue
    if (place !== undefined) answer.keep(item)
    if (item.type !== 'function_call') continue
    toolbox.noteRequested(item.name)
    calls.push({ item, tool })
  }
  return calls
}

/** Runs one call; MCP calls show up in the client's stream. Returns the output for the engine. */
async function* runCall(
  item: Item,
  tool: RunnableTool,
  answer: Answer,
  toolbox: Toolbox,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent, Item> {
  const args = item.arguments ?? '{}'
  const mcp = tool.type === 'mcp' ? mcpCall(item, tool, answer) : undefined
  if (mcp !== undefined) yield* mcp.begin()
  const result = await toolbox.run(tool, args, signal)
  if (mcp !== undefined) yield* mcp.end(result)
  return { type: 'function_call_output', call_id: item.call_id ?? '', output: result.text }
}

/** An `mcp_call` item in the client's stream. */
function mcpCall(call: Item, tool: RunnableTool, answer: Answer) {
  const place = { output_index: answer.nextIndex() }
  const item = {
    type: 'mcp_call',
    id: `mcp_${call.call_id}`,
    server_label: tool.serverLabel,
    name: tool.name,
    arguments: call.arguments ?? '{}',
  }
  return {
    begin: () => [
      answer.event({
        type: 'response.output_item.added',
        ...place,
        item: { ...item, status: 'in_progress' },
      }),
      answer.event({ type: 'response.mcp_call.in_progress', ...place, item_id: item.id }),
    ],
    end: (result: { isError: boolean; text: string }) => {
      const status = result.isError ? 'failed' : 'completed'
      const error = { type: 'mcp_tool_execution_error', content: result.text }
      const done: Item = result.isError
        ? { ...item, status, error, output: null }
        : { ...item, status, error: null, output: result.text }
      answer.keep(done)
      return [
        answer.event({ type: `response.mcp_call.${status}`, ...place, item_id: item.id }),
        answer.event({ type: 'response.output_item.done', ...place, item: done }),
      ]
    },
  }
}

function itemsOf(input: string | readonly Item[]): Item[] {
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : [...input]
}
