/**
 * Parts that `@vr/otel` shares with this package. Not public: any version may change them.
 * @packageDocumentation
 */

export { API_ROUTES } from './cardinality/api-routes.ts'
export { isPathTemplate } from './cardinality/path-templates.ts'
export { DEFAULT_PORTS, isPortWritten, serverOfRequest } from './client/call-server.ts'
export { sentHeader } from './client/sent-header.ts'
export { FRAMEWORK_PACKAGES } from './frameworks/all.ts'
export { BUCKET_FAMILIES, type BucketFamilyDefinition } from './instruments/buckets.ts'
export { prefixOf } from './instruments/catalog.ts'
export { genAiQuantityOf, LATEST_GENAI_DEFINITIONS } from './instruments/genai-names.ts'
export { internalErrors } from './instruments/internal-errors.ts'
export { METRIC_EVENT_CHANNEL } from './instruments/metric-events.ts'
export { recordChunk } from './node-http/body/body-hooks.ts'
export { endWrittenResponses } from './node-http/end-written-responses.ts'
export { errorTypeOf } from './observation/call-observation.ts'
export { observationOf } from './observation/observation-registry.ts'
export { subscribeAll } from './patching/channels.ts'
export { guardVoid } from './patching/guard.ts'
export { PrivateState } from './patching/private-state.ts'
export { startAll } from './patching/undo.ts'
export {
  OTEL_ONLY_PROCESS_METRICS,
  PROMETHEUS_PROCESS_METRICS,
  type PrometheusProcessMetric,
} from './process/prometheus-process-metrics.ts'
export { contextStorage, shareRequestContext } from './request-context/current-request.ts'
export { boundedContent } from './tracing/content/bounded-content.ts'
export { withContentCapture } from './tracing/content/capture-flag.ts'
