/** The supported frameworks, one line each. Lists of their packages, patches and hooks (`<name>_route`) are derived from it. */
export { express } from './express.ts'
export { fastify } from './fastify.ts'
export { h3 } from './h3.ts'
export { hono } from './hono.ts'
export { koa } from './koa.ts'
export { nest } from './nest.ts'
export { next } from './next.ts'
