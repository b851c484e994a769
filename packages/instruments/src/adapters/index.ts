import { observeExpress } from './express.ts'
import { EXPRESS_PATCHES } from './express-layers.ts'
import { observeFastify } from './fastify.ts'
import { H3_PATCHES } from './h3.ts'
import { HONO_PATCHES } from './hono.ts'
import { KOA_PATCHES } from './koa.ts'
import type { ModulePatch } from './module-patch.ts'
import { NEXT_PATCHES } from './next.ts'
import { UNDICI_PATCHES } from './undici-queue.ts'
import { UNDICI_RESEND_PATCHES } from './undici-resend.ts'

export { internalErrors } from '../instruments/internal-errors.ts'
export { observationOf } from '../observation/attached.ts'
export { errorTypeOf } from '../observation/call-observation.ts'
export type { RequestObservation } from '../observation/request-observation.ts'
export type { CallEnding } from './call-ending.ts'
export { isAbsolute, isPortWritten, serverOfRequest } from './call-server.ts'
export { enterCall, enterHttpCall, resendsOfCall, spanOfCall, watchAnswer } from './call-stamp.ts'
export { subscribeAll } from './channels.ts'
export { tellChunk } from './chunk.ts'
export { currentContext, enterContext, runInContext } from './current-request.ts'
export { guardVoid } from './guard.ts'
export type { ModulePatch } from './module-patch.ts'
export {
  type HttpModule,
  type NodeHttpModule,
  type NodeHttpObservation,
  type NodeHttpOptions,
  observeNodeHttp,
} from './node-http.ts'
export type { OwnTracing } from './own-tracing.ts'
export { observeProcess } from './process.ts'
export { PROCESS_IN_SCRAPES, PROCESS_NOT_IN_SCRAPES, type ProcessInScrapes } from './process-in-scrapes.ts'
export { sentHeader } from './rendered-headers.ts'
export type { Answer, Interceptor } from './server-emit.ts'
export { isSuppressed } from './upstream.ts'

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
