import type { AttributeDefinition } from './attribute.ts'

/**
 * Type of a tool, a value of the label `tool_type`: a function of the application, a code interpreter, a tool of an MCP
 * server, web search, or any other.
 */
export type ToolType = 'function' | 'code_interpreter' | 'mcp' | 'web_search' | 'other'

const OTHER: ToolType = 'other'

/** The label `tool_type` of tool calls. */
export const TOOL_TYPE = {
  name: 'tool_type',
  values: ['function', 'code_interpreter', 'mcp', 'web_search'] satisfies ToolType[],
  overflow: OTHER,
  description: 'type of the tool',
} as const satisfies AttributeDefinition

/** All types. */
export const TOOL_TYPES: readonly ToolType[] = [...TOOL_TYPE.values, OTHER]

const TYPE_SET: ReadonlySet<string> = new Set(TOOL_TYPES)

/** Returns a {@link ToolType} unchanged, and `other` for any other text. */
export function toolTypeLabel(toolType: string): ToolType {
  return TYPE_SET.has(toolType) ? (toolType as ToolType) : OTHER
}

/** Types of calls in the Responses API, chat completions and the Messages API. The name decides for `server_tool_use`. */
const CALL_TYPES: ReadonlyMap<string, ToolType> = new Map([
  ['function_call', 'function'],
  ['function', 'function'],
  ['tool_use', 'function'],
  // A function of the application whose argument is text instead of JSON.
  ['custom_tool_call', 'function'],
  ['custom', 'function'],
  ['mcp_tool_use', 'mcp'],
  ['code_interpreter_call', 'code_interpreter'],
  ['web_search_call', 'web_search'],
])

/** Returns the type of a tool whose name is that of a built-in tool; `undefined` for any other name. */
export function builtInTypeOf(toolName: string | undefined): ToolType | undefined {
  return toolName === undefined ? undefined : BUILT_IN_NAMES.get(toolName)
}

/** Names of built-in tools: those of the types, and those of the Messages API. */
const BUILT_IN_NAMES: ReadonlyMap<string, ToolType> = new Map([
  ['web_search', 'web_search'],
  ['web_search_preview', 'web_search'],
  ['code_interpreter', 'code_interpreter'],
  ['code_execution', 'code_interpreter'],
  ['bash_code_execution', 'code_interpreter'],
  ['text_editor_code_execution', 'code_interpreter'],
])

/** Server label of vLLM's built-in tool that runs commands in a container. */
const CONTAINER = 'container'

/**
 * Returns the type of a tool call.
 * @param callType in the terms of the API, such as `function_call`, `tool_use` or `mcp_call`
 * @param toolName name of the tool, if the API names it
 * @param serverLabel MCP server of the tool. vLLM shows calls of its built-in tools as calls of servers with their names.
 */
export function typeOfCall(callType: string, toolName?: string, serverLabel?: string): ToolType {
  if (callType === 'server_tool_use') return builtInTypeOf(toolName) ?? OTHER
  if (callType === 'mcp_call')
    return serverLabel === CONTAINER ? OTHER : (builtInTypeOf(serverLabel) ?? 'mcp')
  return CALL_TYPES.get(callType) ?? OTHER
}

/** Types of calls in an answer that the sender of the answer has executed. The receiver executes all others. */
const EXECUTED_BY_SENDER: ReadonlySet<string> = new Set([
  'mcp_call',
  'mcp_tool_use',
  'code_interpreter_call',
  'web_search_call',
  'file_search_call',
  'image_generation_call',
  'server_tool_use',
])

/**
 * Returns whether the sender of an answer has executed a call in it: the engine one in its answer, the gateway one in its own.
 * @param callType as for {@link typeOfCall}
 */
export function isExecutedBySender(callType: string): boolean {
  return EXECUTED_BY_SENDER.has(callType)
}
