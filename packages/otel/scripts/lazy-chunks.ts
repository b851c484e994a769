import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'rolldown'

/** A synchronous load of a module: `load('…')` or `createRequire(import.meta.url)('…')`. */
const LOAD = /\b(?:load|createRequire\(import\.meta\.url\))\(\s*'((?!node:)[^']+)',?\s*\)/g

/** Start of the ids of modules that re-export the used names of a package. */
const FACADE = '\0facade:'

/**
 * Makes each module that the packages load synchronously with `require` a chunk of its own, and loads the chunk instead. All
 * chunks are in one folder, and have the name of the module or package.
 * @param used the names that the sources use of each package; the others are not in its chunk
 * @returns a plugin for one build
 */
export function lazyChunks(used: Readonly<Record<string, readonly string[]>>): Plugin {
  /** Ids of the chunks' modules, by chunk. */
  const ids = new Map<string, string>()
  /** Code of the facades, by id. */
  const facades = new Map<string, string>()
  return {
    name: 'lazy-chunks',
    resolveId: { filter: { id: /^\0facade:/ }, handler: (id) => id },
    load: { filter: { id: /^\0facade:/ }, handler: (id) => facades.get(id) },
    transform: {
      filter: { id: /\/packages\/\w+\/src\//, code: LOAD },
      async handler(code, importer) {
        let replaced = code
        for (const [call, specifier = ''] of code.matchAll(LOAD)) {
          const source = specifier.startsWith('.') ? sourceOf(specifier, importer) : specifier
          const resolved = await this.resolve(source, importer)
          if (resolved === null) throw new Error(`${importer} loads ${specifier}, which is not found`)
          const name = nameOf(specifier)
          const isPackage = source === specifier
          const id = isPackage ? FACADE + resolved.id : resolved.id
          if (isPackage) facades.set(id, facadeOf(resolved.id, used[specifier]))
          const other = ids.get(name)
          if (other === undefined) this.emitFile({ type: 'chunk', id, fileName: `${name}.js` })
          else if (other !== id) throw new Error(`${other} and ${id} have the same name`)
          ids.set(name, id)
          replaced = replaced.replace(call, () => call.replace(specifier, `./${name}.js`))
        }
        return { code: replaced, map: null }
      },
    },
  }
}

function facadeOf(file: string, names: readonly string[] | undefined): string {
  if (names === undefined) throw new Error(`the names that the sources use of ${file} are not listed`)
  return `export { ${names.join(', ')} } from ${JSON.stringify(file)}`
}

/** Returns the source file of a built file: `./start.ts` for `./start.js`. */
function sourceOf(specifier: string, importer: string): string {
  const source = join(dirname(importer), specifier.replace(/\.js$/, '.ts'))
  if (!existsSync(source)) throw new Error(`${importer} loads ${specifier}, which has no source`)
  return source
}

function nameOf(specifier: string): string {
  return (specifier.split('/').at(-1) as string).replace(/\.js$/, '')
}
