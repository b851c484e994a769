import { UNDICI_PATCHES } from './client/undici-queue.ts'
import { UNDICI_RESEND_PATCHES } from './client/undici-resend.ts'
import { observeExpress } from './frameworks/express.ts'
import { EXPRESS_PATCHES } from './frameworks/express-layers.ts'
import { observeFastify } from './frameworks/fastify.ts'
import { H3_PATCHES } from './frameworks/h3.ts'
import { HONO_PATCHES } from './frameworks/hono.ts'
import { KOA_PATCHES } from './frameworks/koa.ts'
import { NEXT_PATCHES } from './frameworks/next.ts'
import type { ModulePatch } from './patching/module-patch.ts'

export type { CallEnding } from './client/call-ending.ts'
export { isAbsolute, isPortWritten, serverOfRequest } from './client/call-server.ts'
export {
  getClientSpan,
  resendsOfCall,
  setClientSpan,
  setHttpClientSpan,
  watchAnswer,
} from './client/call-stamp.ts'
export { sentHeader } from './client/rendered-headers.ts'
export { isSuppressed } from './client/upstream.ts'
export { internalErrors } from './instruments/internal-errors.ts'
export { onChunk } from './node-http/body-hooks.ts'
export {
  type HttpModule,
  type NodeHttpModule,
  type NodeHttpObservation,
  type NodeHttpOptions,
  observeNodeHttp,
} from './node-http/node-http.ts'
export type { OwnTracing } from './node-http/own-tracing.ts'
export type { Answer, Interceptor } from './node-http/server-emit.ts'
export { errorTypeOf } from './observation/call-observation.ts'
export { observationOf } from './observation/observation-registry.ts'
export type { RequestObservation } from './observation/request-observation.ts'
export { subscribeAll } from './patching/channels.ts'
export { guardVoid } from './patching/guard.ts'
export type { ModulePatch } from './patching/module-patch.ts'
export { observeProcess } from './process/process.ts'
export {
  OTEL_ONLY_PROCESS_METRICS,
  PROMETHEUS_PROCESS_METRICS,
  type PrometheusProcessMetric,
} from './process/prometheus-process-metrics.ts'
export { currentContext, enterContext, runInContext } from './request-context/current-request.ts'

/**
 * The frameworks that publish what is needed to tell their route templates, one adapter each. Calling one starts it
 * and gives its undo.
 */
export const FRAMEWORKS: readonly (() => () => void)[] = [observeFastify, observeExpress]

/** The npm packages of the frameworks whose route templates are found, by whatever means. */
export const FRAMEWORK_PACKAGES: ReadonlySet<string> = new Set([
  '@nestjs/core',
  'express',
  'fastify',
  'h3',
  'hono',
  'koa',
  'next',
])

/**
 * The packages that publish nothing or not enough: what of them is patched, as it is loaded, to tell the route templates
 * of frameworks, and by whom a call of undici was made.
 */
export const FRAMEWORK_PATCHES: readonly ModulePatch[] = [
  ...EXPRESS_PATCHES,
  ...KOA_PATCHES,
  ...HONO_PATCHES,
  ...H3_PATCHES,
  ...NEXT_PATCHES,
  ...UNDICI_PATCHES,
  ...UNDICI_RESEND_PATCHES,
]
