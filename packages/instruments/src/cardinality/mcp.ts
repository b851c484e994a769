import type { AttributeDefinition } from './attribute.ts'
import { CALL_ERROR_TYPE } from './call-error-type.ts'

/** Methods of requests and notifications in all versions of the protocol. */
const METHODS = [
  'completion/complete',
  'elicitation/create',
  'initialize',
  'logging/setLevel',
  'notifications/cancelled',
  'notifications/elicitation/complete',
  'notifications/initialized',
  'notifications/message',
  'notifications/progress',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/roots/list_changed',
  'notifications/subscriptions/acknowledged',
  'notifications/tasks/status',
  'notifications/tools/list_changed',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/subscribe',
  'resources/templates/list',
  'resources/unsubscribe',
  'roots/list',
  'sampling/createMessage',
  'server/discover',
  'subscriptions/listen',
  'tasks/cancel',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tools/call',
  'tools/list',
]

/** Error codes of JSON-RPC 2.0 and of MCP. */
const CODES = ['-32700', '-32600', '-32601', '-32602', '-32603', '-32000', '-32001', '-32002', '-32042']

/** `mcp.method.name`. */
export const MCP_METHOD = {
  name: 'mcp.method.name',
  values: METHODS,
  overflow: '_OTHER',
  description: 'methods of the Model Context Protocol',
} as const satisfies AttributeDefinition

/** `gen_ai.tool.name` of MCP operations. */
export const MCP_TOOL = {
  name: 'gen_ai.tool.name',
  values: [],
  limit: 100,
  overflow: 'other',
  description: 'names of tools that MCP servers have listed; only for `tools/call`',
} as const satisfies AttributeDefinition

/** `gen_ai.prompt.name` of MCP operations. */
export const MCP_PROMPT = {
  name: 'gen_ai.prompt.name',
  values: [],
  limit: 100,
  overflow: 'other',
  description: 'names of prompts that MCP servers have listed; only for `prompts/get`',
} as const satisfies AttributeDefinition

/** `gen_ai.operation.name` of MCP operations. */
export const MCP_TOOL_OPERATION = {
  name: 'gen_ai.operation.name',
  values: ['execute_tool'],
  overflow: undefined,
  description: 'only for `tools/call`',
} as const satisfies AttributeDefinition

/** `error.type` of MCP operations and sessions. */
export const MCP_ERROR_TYPE = {
  name: 'error.type',
  values: ['tool_error', 'timeout', 'cancelled', 'connection_closed', ...CODES, ...CALL_ERROR_TYPE.values],
  limit: 50,
  overflow: CALL_ERROR_TYPE.overflow,
  description:
    '`tool_error` (`isError`), `timeout`, `cancelled`, `connection_closed`; JSON-RPC error codes; codes and names of errors of the transport, as of outgoing calls',
} as const satisfies AttributeDefinition

/** `rpc.response.status_code` of MCP operations. */
export const MCP_STATUS = {
  name: 'rpc.response.status_code',
  values: CODES,
  limit: 50,
  overflow: '_OTHER',
  description: 'JSON-RPC error codes; absent without a JSON-RPC error',
} as const satisfies AttributeDefinition

/** `mcp.protocol.version`. */
export const MCP_VERSION = {
  name: 'mcp.protocol.version',
  values: ['2024-10-07', '2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'],
  overflow: undefined,
  description: 'versions of the protocol; absent before the version is agreed',
} as const satisfies AttributeDefinition

/** `network.transport` of MCP sessions. */
export const MCP_TRANSPORT = {
  name: 'network.transport',
  values: ['pipe', 'tcp'],
  overflow: undefined,
  description: '`pipe` for stdio, `tcp` for HTTP and WebSocket; absent in memory',
} as const satisfies AttributeDefinition

/** `network.protocol.name` of MCP sessions. */
export const MCP_NETWORK_PROTOCOL = {
  name: 'network.protocol.name',
  values: ['http', 'websocket'],
  overflow: undefined,
  description: 'absent for stdio and in memory',
} as const satisfies AttributeDefinition

/** `server_label`: names of MCP servers. */
export const SERVER_LABEL = {
  name: 'server_label',
  values: [],
  limit: 100,
  overflow: 'other',
  description:
    'names that the operator gives to MCP servers, or that are derived from their commands and URLs',
} as const satisfies AttributeDefinition

/** `status` of starts of MCP servers. */
export const STARTUP_STATUS = {
  name: 'status',
  values: ['ok', 'error'],
  overflow: undefined,
  description: 'result of starting an MCP server',
} as const satisfies AttributeDefinition
