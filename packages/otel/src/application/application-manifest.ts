import { readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'

/** The members of a `package.json` that are read. */
interface Manifest {
  readonly name?: unknown
  readonly dependencies?: object
  readonly optionalDependencies?: object
}

/**
 * Returns the dependencies and optional dependencies, without development dependencies, of the nearest `package.json` above
 * the entry file; empty if there is none that can be read. An entry file in `node_modules`, as of `next start`, may be the
 * application or a tool that starts it: then the dependencies of the surrounding application are added.
 * @param entry the file that the process runs; without one, the search starts in the working directory
 */
export function applicationDependencies(entry: string | undefined): readonly string[] {
  const start = startOf(entry)
  const application = applicationOf(start)
  return application === start
    ? nearestDependencies(start)
    : [...nearestDependencies(start), ...nearestDependencies(application)]
}

/**
 * Returns the name of the application: that of the nearest `package.json` above the entry file that has one; `undefined` if
 * there is none. Of an entry file in `node_modules`, the name is that of the surrounding application.
 * @param entry as in {@link applicationDependencies}
 */
export function applicationName(entry: string | undefined): string | undefined {
  for (const { name } of manifestsAbove(applicationOf(startOf(entry))))
    if (typeof name === 'string' && name.trim() !== '') return name.trim()
  return undefined
}

function startOf(entry: string | undefined): string {
  return entry === undefined ? process.cwd() : dirname(resolve(entry))
}

/** Returns the folder that contains the `node_modules` of a folder, or the folder itself. */
function applicationOf(start: string): string {
  const installed = start.indexOf(`${sep}node_modules${sep}`)
  return installed < 0 ? start : start.slice(0, installed + 1)
}

function nearestDependencies(start: string): readonly string[] {
  for (const { dependencies, optionalDependencies } of manifestsAbove(start))
    return Object.keys({ ...dependencies, ...optionalDependencies })
  return []
}

/** Yields the content of every `package.json` from a folder upwards; `{}` for one that is no JSON object. */
function* manifestsAbove(start: string): Generator<Manifest> {
  for (let directory = start; ; directory = dirname(directory)) {
    const text = read(join(directory, 'package.json'))
    if (text !== undefined) yield parse(text)
    if (directory === dirname(directory)) return
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function parse(text: string): Manifest {
  try {
    return (JSON.parse(text) as Manifest | null) ?? {}
  } catch {
    return {}
  }
}
