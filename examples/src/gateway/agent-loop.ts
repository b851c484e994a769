/** The agent loop: calls the engine, runs the tools that the model calls, and calls the engine with their output. */

import type { EngineClient, Item, ResponseEvent } from './engine-client.ts'
import { ResponseBuilder } from './response-builder.ts'
import type { RequestTool, RunnableTool, Toolbox } from './toolbox.ts'

/** The body of `POST /v1/responses`. Other fields are passed to the engine unchanged. */
export interface ResponsesRequest {
  readonly input: string | readonly Item[]
  readonly tools?: readonly RequestTool[]
  readonly stream?: boolean
  readonly store?: boolean
  readonly [field: string]: unknown
}

/** Maximum number of engine calls per request. */
const MAX_ROUNDS = 8

/** A tool call of the model. `tool` is undefined if the client must run it. */
interface Call {
  readonly item: Item
  readonly tool: RunnableTool | undefined
}

/**
 * Yields the events of the response to a request. The last event contains the complete response.
 *
 * @throws EngineError if the engine fails
 */
export async function* answerEvents(
  request: ResponsesRequest,
  engine: EngineClient,
  toolbox: Toolbox,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent, void> {
  const response = new ResponseBuilder(request)
  const tools = toolbox.toEngineTools(request.tools)
  const input: Item[] = toItems(request.input)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const events = await engine.openResponse({ ...request, input, tools }, signal)
    if (round === 0) yield* response.startEvents()
    const calls = yield* forwardRound(events, response, toolbox)
    let clientCalls = 0
    for (const { item, tool } of calls) {
      if (tool === undefined) clientCalls++
      else input.push(item, yield* runCall(item, tool, response, toolbox, signal))
    }
    // The client must run tools that the gateway does not have, so it gets the response now.
    if (calls.length === 0 || clientCalls > 0) {
      yield response.endEvent('completed')
      return
    }
  }
  yield response.endEvent('incomplete')
}

/** Yields the events of one engine call, except those of MCP calls. Returns the tool calls. */
async function* forwardRound(
  events: AsyncIterable<ResponseEvent>,
  response: ResponseBuilder,
  toolbox: Toolbox,
): AsyncGenerator<ResponseEvent, Call[]> {
  const calls: Call[] = []
  const outputIndexes = new Map<number | undefined, number>()
  for await (const event of events) {
    const { type, item, output_index: index } = event
    const tool = item?.type === 'function_call' ? toolbox.find(item.name) : undefined
    if (type === 'response.output_item.added' && tool?.type !== 'mcp')
      outputIndexes.set(index, response.nextOutputIndex())
    const outputIndex = outputIndexes.get(index)
    if (outputIndex !== undefined) yield response.numbered({ ...event, output_index: outputIndex })
    if (type === 'response.completed' || type === 'response.incomplete')
      response.addUsage(event.response?.usage)
    if (type !== 'response.output_item.done' || item === undefined) continue
    if (outputIndex !== undefined) response.addItem(item)
    if (item.type !== 'function_call') continue
    calls.push({ item, tool })
  }
  return calls
}

/** Runs one tool call. Yields the events of an MCP call. Returns the tool's output for the engine. */
async function* runCall(
  item: Item,
  tool: RunnableTool,
  response: ResponseBuilder,
  toolbox: Toolbox,
  signal: AbortSignal,
): AsyncGenerator<ResponseEvent, Item> {
  const args = item.arguments ?? '{}'
  const mcp = tool.type === 'mcp' ? mcpCallEvents(item, tool, response) : undefined
  if (mcp !== undefined) yield* mcp.startEvents()
  const result = await toolbox.run(tool, args, signal)
  if (mcp !== undefined) yield* mcp.endEvents(result)
  return { type: 'function_call_output', call_id: item.call_id ?? '', output: result.text }
}

/** The events of an `mcp_call` item. */
function mcpCallEvents(call: Item, tool: RunnableTool, response: ResponseBuilder) {
  const position = { output_index: response.nextOutputIndex() }
  const item = {
    type: 'mcp_call',
    id: `mcp_${call.call_id}`,
    server_label: tool.serverLabel,
    name: tool.name,
    arguments: call.arguments ?? '{}',
  }
  return {
    startEvents: () => [
      response.numbered({
        type: 'response.output_item.added',
        ...position,
        item: { ...item, status: 'in_progress' },
      }),
      response.numbered({ type: 'response.mcp_call.in_progress', ...position, item_id: item.id }),
    ],
    endEvents: (result: { isError: boolean; text: string }) => {
      const status = result.isError ? 'failed' : 'completed'
      const error = { type: 'mcp_tool_execution_error', content: result.text }
      const done: Item = result.isError
        ? { ...item, status, error, output: null }
        : { ...item, status, error: null, output: result.text }
      response.addItem(done)
      return [
        response.numbered({ type: `response.mcp_call.${status}`, ...position, item_id: item.id }),
        response.numbered({ type: 'response.output_item.done', ...position, item: done }),
      ]
    },
  }
}

function toItems(input: string | readonly Item[]): Item[] {
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : [...input]
}
