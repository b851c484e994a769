import { readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'

/**
 * Returns the dependencies and optional dependencies, without development dependencies, of the nearest `package.json` above
 * the entry file; empty if there is none that can be read. An entry file in `node_modules`, as of `next start`, may be the
 * application or a tool that starts it: then the dependencies of the surrounding application are added.
 * @param entry the file that the process runs; without one, the search starts in the working directory
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
    if (text !== undefined) return dependenciesIn(text)
    const parent = dirname(directory)
    if (parent === directory) return []
    directory = parent
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function dependenciesIn(manifest: string): string[] {
  try {
    const { dependencies, optionalDependencies } = JSON.parse(manifest)
    return Object.keys({ ...dependencies, ...optionalDependencies })
  } catch {
    return []
  }
}
