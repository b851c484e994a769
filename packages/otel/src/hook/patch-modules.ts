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
 * Patches packages when the application loads them, with `import` or `require`: a hook on module resolution observes the
 * resolution of a package, and loads and patches its file before the application receives it. The hook changes no resolution
 * and no source. See docs/decisions/resolution-only-hooks.md for the reasons against hooks on loading.
 * @param watched names of packages that {@link loadedPackages} tells once they are loaded
 * @returns undoes it, as far as each patch can
 */
export function patchModules(
  patches: readonly ModulePatch[],
  watched: ReadonlySet<string> = new Set(),
): () => void {
  // Node 23 has it from 23.5 on; there, and only there, frameworks without channels stay unobserved.
  if (typeof module.registerHooks !== 'function') return () => {}
  const patching = new Patching(patches, watched)
  const hooks = module.registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context)
      const file = packageFile(resolved.url)
      if (file !== undefined) patching.resolved(file, resolved.format === 'module' && isImport(context))
      return resolved
    },
  })
  return () => {
    hooks.deregister()
    patching.undo()
  }
}

/** Whether a module is asked for by `import`. On Node 22 `require` has its conditions as a `Set`. */
function isImport({ conditions }: { readonly conditions: Iterable<string> | undefined }): boolean {
  for (const condition of conditions ?? []) if (condition === 'import') return true
  return false
}

const loaded = new Set<string>()

/** Returns the names of the watched packages that have been loaded since {@link patchModules} was called. */
export function loadedPackages(): ReadonlySet<string> {
  return loaded
}

/** What was patched before by each patch, and where it is: it is patched again when patching starts again. */
const patched = new Map<ModulePatch, Map<unknown, string>>()

const NONE: readonly ModulePatch[] = []

/** What has been patched so far, and what to patch. */
class Patching {
  readonly #watched: ReadonlySet<string>
  readonly #byPackage: ReadonlyMap<string, readonly ModulePatch[]>
  readonly #signals: readonly RegExp[]
  /** Of packages whose folder has not the name of one that is patched: by the name that they give themselves. */
  readonly #byFolder = new Map<string, readonly ModulePatch[]>()
  /** URL of each file to be patched, and what it exports to `require`: `undefined` while it is loaded. */
  readonly #files = new Map<string, unknown>()
  /** URLs of those files of which an `import` gets another instance. */
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
   * A module of a package is about to be loaded.
   * @param isEsModule whether an `import` asks for an ES module
   */
  resolved(file: PackageFile, isEsModule: boolean): void {
    if (this.#watched.has(file.name)) loaded.add(file.name)
    for (const patch of this.#byPackage.get(file.name) ?? this.#ofFolder(file)) {
      if (!patch.signal.test(file.path)) continue
      const url = file.folder + patch.file
      try {
        this.#load(patch, url, isEsModule)
      } catch (error) {
        logger.warn(
          `@vr/otel: no routes of ${patch.package}: ${url} cannot be patched; its requests have the route "unmatched"`,
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
      this.#files.set(url, undefined) // loading it resolves it again, and what it needs
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

  /** Reads the name of a package once, and only of one that has a file with the path of a signal. */
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
