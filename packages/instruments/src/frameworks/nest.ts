import type { Framework } from './framework.ts'

/** NestJS registers its routes in Express or Fastify, where they are observed. */
export const nest: Framework = { packages: ['@nestjs/core'] }
