/**
 * A patch of a file of an npm package, for what the package does not publish. The package is never imported for this. When
 * the application loads a file that matches `signal`, the module hook of `@vr/otel` loads `file` from the same copy of the
 * package and calls `patch` with its exports.
 */
export interface FilePatch {
  /** Name of the npm package, `@scope/name` included. */
  readonly package: string
  /**
   * Matches the files that cause the patch when they are loaded, as paths relative to the package's folder. For ES modules
   * they are all files that an application may import first, since the patch must be applied before the package is
   * linked. A CommonJS file is patched when it is loaded itself.
   */
  readonly signal: RegExp
  /** Path of the file to patch, relative to the package's folder. Loading the file has no side effects. */
  readonly file: string
  /**
   * Patches the exports of the file. Exports of an unknown shape are not changed.
   * @returns undoes it
   */
  patch(exports: unknown): () => void
}

/** The impact of a patch that fails, for the log. */
export interface PatchImpact {
  /** What is missing, as a clause: `its requests have route="unmatched"`. */
  readonly effect: string
  /** What to do, as a sentence without its full stop. */
  readonly remedy: string
}

/** A patch with the impact of its failure. */
export interface ModulePatch extends FilePatch, PatchImpact {}

/** Adds the same impact to each patch. */
export function withImpact(patches: readonly FilePatch[], impact: PatchImpact): readonly ModulePatch[] {
  return patches.map((patch) => ({ ...patch, ...impact }))
}

/** Creates a patch of a CommonJS file, which is applied when the package requires that file. */
export function createFilePatch(name: string, file: string, patch: FilePatch['patch']): FilePatch {
  return { package: name, signal: new RegExp(`^${file.replaceAll('.', '\\.')}$`), file, patch }
}

/** Returns the prototype of an exported class; `undefined` unless it has all of these methods. */
export function prototypeWith<Name extends string>(
  exports: unknown,
  ...names: Name[]
): { [Key in Name]: (...args: unknown[]) => unknown } | undefined {
  const { prototype } = (exports ?? {}) as { readonly prototype?: Record<string, unknown> }
  const isKnown = names.every((name) => typeof prototype?.[name] === 'function')
  return isKnown ? (prototype as ReturnType<typeof prototypeWith<Name>>) : undefined
}
