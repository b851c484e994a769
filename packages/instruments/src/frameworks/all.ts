import type { ModulePatch } from '../patching/module-patch.ts'
import type { Framework } from './framework.ts'
import * as list from './list.ts'

const frameworks: readonly Framework[] = Object.values(list)

/**
 * Functions that start to read the routes of the frameworks that publish them on `node:diagnostics_channel`. Each returns
 * a function that stops.
 */
export const FRAMEWORKS: readonly (() => () => void)[] = frameworks.flatMap(({ observe }) => observe ?? [])

/** Patches for the frameworks that publish no routes. `@vr/otel` applies each when the application loads its package. */
export const FRAMEWORK_PATCHES: readonly ModulePatch[] = frameworks.flatMap(({ patches }) => patches ?? [])

/** The npm packages of all supported frameworks. */
export const FRAMEWORK_PACKAGES: ReadonlySet<string> = new Set(frameworks.flatMap(({ packages }) => packages))
