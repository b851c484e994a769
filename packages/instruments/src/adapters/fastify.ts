import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setRoute } from '../observation/attached.ts'
import { guardVoid } from './guard.ts'

/** What is used of a Fastify instance. */
interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestLike, reply: unknown, done: () => void) => void,
  ): unknown
}

/** What is used of a Fastify request. */
interface FastifyRequestLike {
  readonly raw: object
  readonly routeOptions: { readonly url?: string | undefined }
}

const INITIALIZATION = 'fastify.initialization'

/**
 * Tells the route template of every request that Fastify handles. Fastify publishes each new instance before it has
 * any route; a hook of type `onRequest` on it runs first, also for a request that a later hook answers. A request
 * that no route matches has no `url` here.
 * @returns undoes it for instances made later
 */
export function observeFastify(): () => void {
  const tellRoute = guardVoid('route of Fastify', (request: FastifyRequestLike) => {
    const { url } = request.routeOptions
    if (url !== undefined) setRoute(request.raw, url)
  })
  const onInstance = guardVoid('instance of Fastify', (message: { readonly fastify: FastifyLike }) => {
    message.fastify.addHook('onRequest', (request, _reply, done) => {
      tellRoute(request)
      done()
    })
  })
  const listener = (message: unknown): void => onInstance(message as { fastify: FastifyLike })
  subscribe(INITIALIZATION, listener)
  return () => unsubscribe(INITIALIZATION, listener)
}
