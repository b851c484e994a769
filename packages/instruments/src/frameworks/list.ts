/** The supported frameworks, one line each. Other lists of frameworks are derived from this one. */
export { express } from './express.ts'
export { fastify } from './fastify.ts'
export { h3 } from './h3.ts'
export { hono } from './hono.ts'
export { koa } from './koa.ts'
export { nest } from './nest.ts'
export { next } from './next.ts'
