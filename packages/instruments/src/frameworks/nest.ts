import type { Framework } from './framework.ts'

/** NestJS runs on Express or Fastify, whose routes are its own. */
export const nest: Framework = { packages: ['@nestjs/core'] }
