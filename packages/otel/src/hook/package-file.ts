/** A file of an installed npm package. */
export interface PackageFile {
  /** Name of the package, its scope included. */
  readonly name: string
  /** URL of the package's folder, with a slash at the end. */
  readonly folder: string
  /** Path of the file in that folder. */
  readonly path: string
}

const MODULES = '/node_modules/'

/**
 * Returns the package of a module; `undefined` if it is not below a `node_modules`. Runs for every module of an
 * application, so it only parses the URL. Versions and copies of a package have different folders.
 * @param url the resolved URL of a module
 */
export function packageFile(url: string): PackageFile | undefined {
  const at = url.lastIndexOf(MODULES)
  if (at < 0) return undefined
  const start = at + MODULES.length
  const scopeEnd = url[start] === '@' ? url.indexOf('/', start) + 1 : start
  const end = url.indexOf('/', scopeEnd)
  if (end < 0) return undefined
  return { name: url.slice(start, end), folder: url.slice(0, end + 1), path: url.slice(end + 1) }
}
