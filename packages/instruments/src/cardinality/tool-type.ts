/** The kinds of tool that a gateway tells apart. */
export type ToolType = 'function' | 'code_interpreter' | 'mcp' | 'web_search' | 'other'

const TOOL_TYPES: ReadonlySet<string> = new Set<ToolType>([
  'function',
  'code_interpreter',
  'mcp',
  'web_search',
])

/** The `tool_type` label of a tool: one of the closed set {@link ToolType}; whatever is not in it is `other`. */
export function toolTypeLabel(toolType: string): ToolType {
  return TOOL_TYPES.has(toolType) ? (toolType as ToolType) : 'other'
}
