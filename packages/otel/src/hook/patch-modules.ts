import module, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { ModulePatch } from '@vr/otel-instruments/adapters'
import { logger } from '../logger.ts'
import { packageFile } from './package-file.ts'

/**
 * Patches packages as the application loads them, whether by `import` or by `require`: a hook on the resolution of
 * modules sees a package being asked for, loads the file to be patched and patches it, before the application gets it.
 *
 * The hook only looks on. It changes no resolution and no source: hooks on loading, even ones that pass everything
 * through, crash applications on Node 22.15 to 22.21 and 24.10.
 * @returns undoes it, as far as each patch can
 */
export function patchModules(patches: readonly ModulePatch[]): () => void {
  // Node 23 has it from 23.5 on; there, and only there, frameworks without channels stay unobserved.
  if (typeof module.registerHooks !== 'function') return () => {}
  const patching = new Patching(patches)
  const hooks = module.registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context)
      patching.resolved(resolved.url)
      return resolved
    },
  })
  return () => {
    hooks.deregister()
    patching.undo()
  }
}

/** What was patched before by each patch: it is loaded once, and patched again when patching starts again. */
const patched = new Map<ModulePatch, Map<string, unknown>>()

/** What has been patched so far, and what to patch. */
class Patching {
  readonly #patches: ReadonlyMap<string, readonly ModulePatch[]>
  readonly #seen = new Set<string>()
  readonly #undo: (() => void)[] = []

  constructor(patches: readonly ModulePatch[]) {
    this.#patches = Map.groupBy(patches, (patch) => patch.package)
    for (const patch of patches) {
      for (const [url, exports] of patched.get(patch) ?? []) this.#apply(patch, url, () => exports)
    }
  }

  /** A module is about to be loaded. */
  resolved(url: string): void {
    const file = packageFile(url)
    if (file === undefined) return
    for (const patch of this.#patches.get(file.name) ?? []) {
      if (!patch.signal.test(file.path)) continue
      const target = file.folder + patch.file
      this.#apply(patch, target, () => {
        const path = fileURLToPath(target)
        return createRequire(path)(path)
      })
    }
  }

  undo(): void {
    for (const step of this.#undo.splice(0).reverse()) step()
  }

  #apply(patch: ModulePatch, url: string, load: () => unknown): void {
    if (this.#seen.has(url)) return
    // Loading it resolves it again, and what it needs.
    this.#seen.add(url)
    try {
      const exports = load()
      this.#undo.push(patch.patch(exports))
      if (!patched.has(patch)) patched.set(patch, new Map())
      patched.get(patch)?.set(url, exports)
    } catch (error) {
      logger.warn(`@vr/otel: routes of ${patch.package} are not told: ${url} cannot be patched`, error)
    }
  }
}
