import module from 'node:module'
import { fileURLToPath } from 'node:url'
// An ES import of node:util reads all of its properties, and so opens the stream of stderr.
import { isModuleNamespaceObject } from 'node:util/types'
import type { ModulePatch } from '@vr/otel-instruments/adapters'
import { logger } from '@vr/otel-metrics/internal'
import { loadEsModule, loadRequired } from './load-instance.ts'
import { type PackageFile, packageFile } from './package-file.ts'
import { packageName } from './package-name.ts'

/**
 * Patches packages when the application loads them with `import` or `require`. A hook on module resolution is called for
 * each package; it loads the file to patch and patches it before the application receives it.
 *
 * The hook changes neither resolution nor source. Hooks on loading, even hooks that do nothing, crash applications on Node
 * 22.15 to 22.21 and 24.10; see docs/decisions/resolution-only-hooks.md.
 * @param watched names of packages that {@link loadedPackages} returns once they are loaded
 * @returns undoes the patches, as far as each patch can be undone
 */
export function patchModules(
  patches: readonly ModulePatch[],
  watched: ReadonlySet<string> = new Set(),
): () => void {
  // Node 23.0 to 23.4 has no hooks: frameworks without diagnostics channels are not instrumented there.
  if (typeof module.registerHooks !== 'function') return () => {}
  const patcher = new ModulePatcher(patches, watched)
  const hooks = module.registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context)
      const file = packageFile(resolved.url)
      if (file !== undefined) patcher.onResolved(file, resolved.format === 'module' && isImport(context))
      return resolved
    },
  })
  return () => {
    hooks.deregister()
    patcher.undo()
  }
}

/** Whether a module is loaded by `import`. On Node 22 the conditions of `require` are a `Set`. */
function isImport({ conditions }: { readonly conditions: Iterable<string> | undefined }): boolean {
  for (const condition of conditions ?? []) if (condition === 'import') return true
  return false
}

const loaded = new Set<string>()

/** Returns the names of the watched packages that have been loaded since {@link patchModules} was called. */
export function loadedPackages(): ReadonlySet<string> {
  return loaded
}

/** Exports that each patch was applied to, and their URLs: they are patched again when patching starts again. */
const patched = new Map<ModulePatch, Map<unknown, string>>()

const NONE: readonly ModulePatch[] = []

/** Applies patches to the packages that are loaded. */
class ModulePatcher {
  readonly #watched: ReadonlySet<string>
  readonly #byPackage: ReadonlyMap<string, readonly ModulePatch[]>
  readonly #signals: readonly RegExp[]
  /** Patches by package folder, for folders whose name differs from the name of the package (aliases). */
  readonly #byFolder = new Map<string, readonly ModulePatch[]>()
  /** Exports of each patched file for `require`, by URL; `undefined` while the file is loading. */
  readonly #files = new Map<string, unknown>()
  /** URLs of patched files whose `import` returns another instance. */
  readonly #esModules = new Set<string>()
  readonly #done = new Map<ModulePatch, Set<unknown>>()
  readonly #undo: (() => void)[] = []

  constructor(patches: readonly ModulePatch[], watched: ReadonlySet<string>) {
    this.#watched = watched
    this.#byPackage = Map.groupBy(patches, (patch) => patch.package)
    this.#signals = [...new Map(patches.map(({ signal }) => [signal.source, signal])).values()]
    for (const patch of patches) {
      for (const [exports, url] of [...(patched.get(patch) ?? [])]) this.#apply(patch, url, exports)
    }
  }

  /**
   * Called before a module of a package is loaded.
   * @param isEsModule whether it is loaded as an ES module by `import`
   */
  onResolved(file: PackageFile, isEsModule: boolean): void {
    if (this.#watched.has(file.name)) loaded.add(file.name)
    for (const patch of this.#byPackage.get(file.name) ?? this.#ofFolder(file)) {
      if (!patch.signal.test(file.path)) continue
      const url = file.folder + patch.file
      try {
        this.#load(patch, url, isEsModule)
      } catch (error) {
        logger.warn(
          `${patch.package} not fully instrumented: ${url} cannot be patched, so ${patch.effect}. ${patch.remedy}`,
          error,
        )
      }
    }
  }

  undo(): void {
    for (const step of this.#undo.splice(0).reverse()) step()
  }

  #load(patch: ModulePatch, url: string, isEsModule: boolean): void {
    const path = fileURLToPath(url)
    if (!this.#files.has(url)) {
      this.#files.set(url, undefined) // loading the file resolves it again
      const exports = loadRequired(path)
      this.#files.set(url, exports)
      this.#apply(patch, url, exports)
    }
    const exports = this.#files.get(url)
    if (!isEsModule || exports === undefined || isModuleNamespaceObject(exports)) return
    if (this.#esModules.has(url)) return
    this.#esModules.add(url)
    this.#apply(patch, url, loadEsModule(path))
  }

  /** Reads `package.json` once for each folder, and only if a file matches the signal of a patch. */
  #ofFolder({ folder, path }: PackageFile): readonly ModulePatch[] {
    const known = this.#byFolder.get(folder)
    if (known !== undefined || !this.#signals.some((signal) => signal.test(path))) return known ?? NONE
    const name = packageName(folder) ?? ''
    if (this.#watched.has(name)) loaded.add(name)
    const patches = this.#byPackage.get(name) ?? NONE
    this.#byFolder.set(folder, patches)
    return patches
  }

  #apply(patch: ModulePatch, url: string, exports: unknown): void {
    const done = this.#done.get(patch) ?? new Set()
    this.#done.set(patch, done)
    if (done.has(exports)) return
    done.add(exports)
    this.#undo.push(patch.patch(exports))
    if (!patched.has(patch)) patched.set(patch, new Map())
    patched.get(patch)?.set(exports, url)
  }
}
