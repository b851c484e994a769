import type { AttributeDefinition } from './attribute.ts'

/** The kinds of tool that a gateway tells apart. */
export type ToolType = 'function' | 'code_interpreter' | 'mcp' | 'web_search' | 'other'

const OTHER: ToolType = 'other'

/** The label `tool_type` of tool calls. */
export const TOOL_TYPE = {
  name: 'tool_type',
  values: ['function', 'code_interpreter', 'mcp', 'web_search'] satisfies ToolType[],
  other: OTHER,
  meaning: 'types of tools',
} as const satisfies AttributeDefinition

const TOOL_TYPES: ReadonlySet<string> = new Set(TOOL_TYPE.values)

/** The `tool_type` label of a tool: one of the closed set {@link ToolType}; whatever is not in it is `other`. */
export function toolTypeLabel(toolType: string): ToolType {
  return TOOL_TYPES.has(toolType) ? (toolType as ToolType) : OTHER
}
