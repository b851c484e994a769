import { readFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'

/** Loads a file as `require` does: the ES module itself where Node alone loads it, a copy where a loader compiles it. */
export function loadRequired(path: string): unknown {
  return createRequire(path)(path)
}

/** Node's own, since 22.12: with a format, as its loader of CommonJS calls it for `require` of an ES module. */
interface CompilingModule extends Module {
  _compile(source: string, path: string, format: 'module'): void
}

/**
 * Loads a file as the ES module that an `import` of it gets, synchronously, where `require` gives another instance: under
 * loaders that compile ES modules to CommonJS for `require` (tsx, ts-node, esbuild-register). Node keeps the module under
 * its URL, and an `import` finds it there.
 * @returns its namespace
 */
export function loadEsModule(path: string): unknown {
  const made = new Module(path) as CompilingModule
  made.filename = path
  made._compile(readFileSync(path, 'utf8'), path, 'module')
  return made.exports
}
