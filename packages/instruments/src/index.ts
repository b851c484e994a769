export type { AttributeDefinition } from './cardinality/attribute.ts'
export { KNOWN_METHODS } from './cardinality/method.ts'
export { UNMATCHED_ROUTE } from './cardinality/route.ts'
export type { ToolType } from './cardinality/tool-type.ts'
export { toolTypeLabel } from './cardinality/tool-type.ts'
export { type BucketFamily, type Buckets, DEFAULT_BUCKETS } from './instruments/buckets.ts'
export {
  CATALOG,
  DEFAULT_GROUPS,
  GROUPS_WITHOUT_PREFIX,
  type Group,
  type Prefixes,
  SCOPE_NAME,
} from './instruments/catalog.ts'
export type {
  CommonDefinition,
  GaugeDefinition,
  InstrumentDefinition,
  MergeRule,
  MonotonicDefinition,
} from './instruments/definition.ts'
export { GatewayInstruments, type GatewayInstrumentsOptions } from './instruments/gateway-instruments.ts'
export type { MetricEvent } from './instruments/metric-events.ts'
export type { LabelOverflow } from './instruments/self.ts'
export { setLogger } from './logger.ts'
export { setRoute, setStreamOutcome } from './observation/observation-registry.ts'
export {
  STREAM_OUTCOMES,
  type StreamOutcome,
  type TerminationCause,
} from './observation/outcome.ts'
export { RequestObservation } from './observation/request-observation.ts'
export type { BodyDecoder, StreamTotals } from './observation/stream-observation.ts'
export { observeMcpStartup } from './request-context/mcp-startup.ts'
export {
  observeToolCall,
  recordToolCallRequested,
  type ToolCallOptions,
} from './request-context/tool-call.ts'
export {
  type McpSpan,
  type McpSpanEnd,
  type McpSpanStart,
  type McpStartupFailure,
  type McpStartupSpan,
  type McpTracer,
  NOOP_MCP_TRACER,
} from './tracing/mcp-tracer.ts'
export { describeRequestSpan, type RequestSpanFacts } from './tracing/request-span.ts'
export {
  type CallCompletion,
  type HttpCallTrace,
  NOOP_TRACER,
  type RequestTrace,
  type RequestTracer,
  type TurnTrace,
} from './tracing/request-tracer.ts'
export { describeTurnSpan, type TurnSpanFacts } from './tracing/turn-span.ts'
