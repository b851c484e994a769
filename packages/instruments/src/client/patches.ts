import type { ModulePatch } from '../patching/module-patch.ts'
import { UNDICI_PATCHES } from './undici-queue.ts'
import { UNDICI_RESEND_PATCHES } from './undici-resend.ts'

/** Patches for HTTP clients, which keep each call in the context of its caller. Applied as `FRAMEWORK_PATCHES` are. */
export const CLIENT_PATCHES: readonly ModulePatch[] = [...UNDICI_PATCHES, ...UNDICI_RESEND_PATCHES]
