/**
 * Hooks that turn the events of Node and of frameworks into measurements.
 * @packageDocumentation
 */
export { CLIENT_PATCHES } from './client/patches.ts'
export { FRAMEWORK_PATCHES, FRAMEWORKS } from './frameworks/all.ts'
export { type McpOptions, observeMcp } from './mcp/mcp-observer.ts'
export { MCP_PATCHES } from './mcp/mcp-patches.ts'
export {
  type HttpModule,
  type NodeHttpModule,
  type NodeHttpObservation,
  observeNodeHttp,
} from './node-http/observe-node-http.ts'
export type { Interceptor, NodeHttpOptions, RequestHandler } from './node-http/options.ts'
export { WEBSOCKET_PATCHES } from './node-http/websocket/websocket-patches.ts'
export type { ModulePatch } from './patching/module-patch.ts'
export { observeProcess, type ProcessObservation } from './process/observe-process.ts'
export { observePrometheusProcess } from './process/observe-prometheus-process.ts'
