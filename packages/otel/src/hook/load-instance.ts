import { readFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'

/** Loads a file with `require`: the ES module itself, or a copy of it if a loader compiles ES modules to CommonJS. */
export function loadRequired(path: string): unknown {
  return createRequire(path)(path)
}

/** Internal method of Node since 22.12; its CommonJS loader calls it with a format to `require` an ES module. */
interface CompilingModule extends Module {
  _compile(source: string, path: string, format: 'module'): void
}

/**
 * Loads synchronously the ES module that an `import` of a file returns. Needed where `require` returns another instance:
 * with loaders that compile ES modules to CommonJS for `require` (tsx, ts-node, esbuild-register). Node caches the module
 * by its URL, so that a later `import` returns it.
 * @returns the namespace of the module
 */
export function loadEsModule(path: string): unknown {
  const loaded = new Module(path) as CompilingModule
  loaded.filename = path
  loaded._compile(readFileSync(path, 'utf8'), path, 'module')
  return loaded.exports
}
