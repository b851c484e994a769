export type { StreamOutcome, ToolType } from '@vr/otel-instruments'
export {
  metricsHandler,
  observeMcpStartup,
  observeToolCall,
  recordToolCallRequested,
  setRoute,
  setStreamOutcome,
  startOtel,
} from './api.ts'
export type { SettingOptions, Settings } from './config/settings.ts'
export { healthHandler } from './health-handler.ts'
export type { OtelHandle, RequestHandler } from './instance.ts'
export { type LogTraceIds, logTraceIds } from './log-correlation.ts'
