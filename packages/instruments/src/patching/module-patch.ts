/**
 * A file of a framework's npm package that an adapter patches, because the framework publishes nothing. The package is
 * never imported for it: whoever sees modules being resolved waits for `signal`, loads `file` of that very copy of
 * the package, and calls `patch` with its exports.
 */
export interface ModulePatch {
  /** Name of the npm package, `@scope/name` included. */
  readonly package: string
  /**
   * Which files of the package say that it is about to be used, as paths relative to its folder. An ES module has to be
   * patched before the package is linked, so there it is any file that an application may import first; a CommonJS
   * file is its own signal.
   */
  readonly signal: RegExp
  /** The file to patch, relative to the package's folder; it has no side effects but to define things. */
  readonly file: string
  /**
   * Patches what the file exports; what it does not know it leaves alone.
   * @returns undoes it
   */
  patch(exports: unknown): () => void
}

/** A patch of a CommonJS file, made when the package itself requires that file. */
export function createFilePatch(name: string, file: string, patch: ModulePatch['patch']): ModulePatch {
  return { package: name, signal: new RegExp(`^${file.replaceAll('.', '\\.')}$`), file, patch }
}
