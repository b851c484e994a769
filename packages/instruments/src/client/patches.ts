import { type ModulePatch, withImpact } from '../patching/module-patch.ts'
import { UNDICI_PATCHES } from './undici-queue.ts'
import { UNDICI_RESEND_PATCHES } from './undici-resend.ts'

const REMEDY = 'The version may not be supported: use a release of undici from 5 to 8'

/** Patches for HTTP clients, which keep each call in the context of its caller. Applied as `FRAMEWORK_PATCHES` are. */
export const CLIENT_PATCHES: readonly ModulePatch[] = [
  ...withImpact(UNDICI_PATCHES, {
    effect: 'a call that waits for a connection may be traced as a call of another request',
    remedy: REMEDY,
  }),
  ...withImpact(UNDICI_RESEND_PATCHES, {
    effect: 'a call that an interceptor repeats may be traced as a call of another request',
    remedy: REMEDY,
  }),
]
