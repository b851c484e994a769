import { readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'

/**
 * Returns the names of the packages that the nearest `package.json` above the entry file has as dependencies, optional ones
 * included and those for development not; empty where there is none that can be read. An entry file in `node_modules`, as
 * `next start` has one, may be all of the application or a tool that starts it: the `package.json` of the application
 * around it counts too.
 * @param entry the file that the process runs; without one, the working directory is looked at
 */
export function applicationDependencies(entry: string | undefined): readonly string[] {
  const start = entry === undefined ? process.cwd() : dirname(resolve(entry))
  const installed = start.indexOf(`${sep}node_modules${sep}`)
  return installed < 0
    ? nearestDependencies(start)
    : [...nearestDependencies(start), ...nearestDependencies(start.slice(0, installed + 1))]
}

function nearestDependencies(start: string): readonly string[] {
  let directory = start
  for (;;) {
    const text = read(join(directory, 'package.json'))
    if (text !== undefined) return namesIn(text)
    const above = dirname(directory)
    if (above === directory) return []
    directory = above
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function namesIn(manifest: string): string[] {
  try {
    const { dependencies, optionalDependencies } = JSON.parse(manifest)
    return Object.keys({ ...dependencies, ...optionalDependencies })
  } catch {
    return []
  }
}
