import { observeExpress } from './express.ts'
import { observeFastify } from './fastify.ts'

export {
  type HttpModule,
  type NodeHttpModule,
  type NodeHttpObservation,
  type NodeHttpOptions,
  observeNodeHttp,
} from './node-http.ts'
export type { Interceptor } from './server-emit.ts'

/** The frameworks whose route templates are told, one adapter each. Calling one starts it and gives its undo. */
export const FRAMEWORKS: readonly (() => () => void)[] = [observeFastify, observeExpress]
