import { UNDICI_PATCHES } from '../client/undici-queue.ts'
import { UNDICI_RESEND_PATCHES } from '../client/undici-resend.ts'
import type { ModulePatch } from '../patching/module-patch.ts'
import { observeExpress } from './express.ts'
import { EXPRESS_PATCHES } from './express-layers.ts'
import { observeFastify } from './fastify.ts'
import { H3_PATCHES } from './h3.ts'
import { HONO_PATCHES } from './hono.ts'
import { KOA_PATCHES } from './koa.ts'
import { NEXT_PATCHES } from './next.ts'

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
