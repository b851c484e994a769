/**
 * Hooks that turn the events of Node and of frameworks into measurements.
 * @packageDocumentation
 */
export { FRAMEWORK_PATCHES, FRAMEWORKS } from './frameworks/list.ts'
export {
  type HttpModule,
  type NodeHttpModule,
  type NodeHttpObservation,
  type NodeHttpOptions,
  observeNodeHttp,
} from './node-http/node-http.ts'
export type { Answer, Interceptor } from './node-http/server-emit.ts'
export type { ModulePatch } from './patching/module-patch.ts'
export { observeProcess } from './process/process.ts'
