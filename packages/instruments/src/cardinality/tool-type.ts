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

const TOOL_TYPES: ReadonlySet<string> = new Set(TOOL_TYPE.values)

/** Returns a {@link ToolType} unchanged, and `other` for any other text. */
export function toolTypeLabel(toolType: string): ToolType {
  return TOOL_TYPES.has(toolType) ? (toolType as ToolType) : OTHER
}
