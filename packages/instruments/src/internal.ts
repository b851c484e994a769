/**
 * What `@vr/otel` needs of this package to trace requests. It is not public: any version may change it.
 * @packageDocumentation
 */

export type { CallCompletion as CallEnding } from './client/call-completion.ts'
export { isAbsolute, isPortWritten, serverOfRequest } from './client/call-server.ts'
export {
  getClientSpan,
  resendsOfCall,
  setClientSpan,
  setHttpClientSpan,
  watchAnswer,
} from './client/client-call-state.ts'
export { isSuppressed } from './client/observe-calls.ts'
export { sentHeader } from './client/sent-header.ts'
export { FRAMEWORK_PACKAGES } from './frameworks/all.ts'
export { BUCKET_FAMILIES, type BucketFamilyDefinition } from './instruments/buckets.ts'
export { internalErrors } from './instruments/internal-errors.ts'
export { recordChunk } from './node-http/body/body-hooks.ts'
export type { OwnTracing } from './node-http/own-tracing.ts'
export { errorTypeOf } from './observation/call-observation.ts'
export { observationOf } from './observation/observation-registry.ts'
export type { RequestObservation } from './observation/request-observation.ts'
export { subscribeAll } from './patching/channels.ts'
export { guardVoid } from './patching/guard.ts'
export {
  OTEL_ONLY_PROCESS_METRICS,
  PROMETHEUS_PROCESS_METRICS,
  type PrometheusProcessMetric,
} from './process/prometheus-process-metrics.ts'
export { currentContext, enterContext, runInContext } from './request-context/current-request.ts'
