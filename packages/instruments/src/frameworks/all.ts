import { addFrameworkHooks } from '../instruments/internal-errors.ts'
import { type ModulePatch, withImpact } from '../patching/module-patch.ts'
import type { Framework } from './framework.ts'
import * as list from './list.ts'

const frameworks: readonly Framework[] = Object.values(list)

addFrameworkHooks(
  Object.entries<Framework>(list)
    .filter(([, { observe, patches }]) => observe !== undefined || patches !== undefined)
    .map(([name]) => name),
)

/**
 * Functions that start to read the routes of the frameworks that publish them on `node:diagnostics_channel`. Each returns
 * a function that stops.
 */
export const FRAMEWORKS: readonly (() => () => void)[] = frameworks.flatMap(({ observe }) => observe ?? [])

/** Patches for the frameworks that publish no routes. `@vr/otel` applies each when the application loads its package. */
export const FRAMEWORK_PATCHES: readonly ModulePatch[] = withImpact(
  frameworks.flatMap(({ patches }) => patches ?? []),
  {
    effect: 'its requests have route="unmatched"',
    remedy: 'The version may not be supported: see docs/frameworks.md, or call setRoute(request, template)',
  },
)

/** The npm packages of all supported frameworks. */
export const FRAMEWORK_PACKAGES: ReadonlySet<string> = new Set(frameworks.flatMap(({ packages }) => packages))
