export { UNMATCHED_ROUTE } from './cardinality/route.ts'
export type { ToolType } from './cardinality/tool-type.ts'
export { toolTypeLabel } from './cardinality/tool-type.ts'
export { type BucketFamily, type Buckets, DEFAULT_BUCKETS } from './instruments/buckets.ts'
export {
  CATALOG,
  GatewayInstruments,
  type GatewayInstrumentsOptions,
  SCOPE_NAME,
} from './instruments/catalog.ts'
export type { InstrumentDefinition } from './instruments/definition.ts'
export { setRoute, setStreamOutcome } from './observation/attached.ts'
export { observeMcpStartup } from './observation/mcp-startup.ts'
export { type Ending, STREAM_OUTCOMES, type StreamOutcome } from './observation/outcome.ts'
export { RequestObservation } from './observation/request-observation.ts'
export { observeToolCall, recordToolCallRequested } from './observation/tool-call.ts'
