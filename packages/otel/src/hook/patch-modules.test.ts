import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import module, { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { diag } from '@opentelemetry/api'
import {
  CLIENT_PATCHES,
  FRAMEWORK_PATCHES,
  type ModulePatch,
  WEBSOCKET_PATCHES,
} from '@vr/otel-instruments/adapters'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { loadedPackages, patchModules } from './patch-modules.ts'

const folder = mkdtempSync(join(tmpdir(), 'vr-otel-hook-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const load = createRequire(join(folder, 'app.cjs'))
let stop: (() => void) | undefined
afterEach(() => {
  stop?.()
  diag.disable()
})

/** Writes a package with an entry that requires a file with a class. */
function write(name: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, 'node_modules', name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** Returns a patch that adds "patched" to the result of `Thing.name()`. */
function patchOf(name: string, signal: RegExp, file: string): ModulePatch {
  return {
    package: name,
    signal,
    file,
    effect: 'its things have no names',
    remedy: 'Use another version',
    patch(exports) {
      const { prototype } = (exports as { Thing: { prototype: { name(): string } } }).Thing
      const original = prototype.name
      prototype.name = () => `patched ${original()}`
      return () => {
        prototype.name = original
      }
    },
  }
}

const CLASS = "exports.Thing = class { name() { return 'thing' } }"

/** A module whose exports throw when they are read or changed. */
const UNPATCHABLE = `
const refuse = () => { throw new Error('refused') }
module.exports = new Proxy({}, { get: refuse, getOwnPropertyDescriptor: refuse, defineProperty: refuse })
`

/** Records warnings until the end of the test, with `FILE` for the URL of a file. */
function recordWarnings(): string[] {
  const warnings: string[] = []
  const nothing = () => {}
  const warn = (message: string): void => void warnings.push(message.replace(/file:\S+/, 'FILE'))
  diag.setLogger({ error: nothing, info: nothing, debug: nothing, verbose: nothing, warn })
  return warnings
}

describe('patchModules', () => {
  it('patches an inner file when the package requires it, and undoes the patch', () => {
    write('inner', { 'index.js': "module.exports = require('./lib/thing')", 'lib/thing.js': CLASS })
    stop = patchModules([patchOf('inner', /^lib\/thing\.js$/, 'lib/thing.js')])
    const { Thing } = load('inner')
    expect(new Thing().name()).toBe('patched thing')
    stop()
    expect(new Thing().name()).toBe('thing')
  })

  it('patches packages that are already loaded after a restart', () => {
    write('again', { 'index.js': CLASS })
    const patches = [patchOf('again', /^index\.js$/, 'index.js')]
    stop = patchModules(patches)
    const { Thing } = load('again')
    for (let run = 0; run < 2; run++) {
      expect(new Thing().name()).toBe('patched thing')
      stop()
      expect(new Thing().name()).toBe('thing')
      stop = patchModules(patches)
    }
  })

  it('patches each copy of a package, once', () => {
    for (const name of ['copied', 'above/node_modules/copied'])
      write(name, { 'index.js': CLASS, 'other.js': '' })
    stop = patchModules([patchOf('copied', /./, 'index.js')])
    load('copied/other.js')
    const classes = ['copied', './node_modules/above/node_modules/copied'].map((id) => load(id).Thing)
    expect(classes.map((Thing) => new Thing().name())).toEqual(['patched thing', 'patched thing'])
  })

  it('patches a package under an alias, by the name in its package.json', () => {
    write('alias4', { 'package.json': '{ "name": "aliased" }', 'index.js': CLASS })
    write('@scope/alias5', { 'package.json': '{ "name": "aliased" }', 'index.js': CLASS })
    write('stranger', { 'package.json': '{ "name": "another" }', 'index.js': CLASS })
    write('nameless', { 'package.json': '{}', 'index.js': CLASS })
    stop = patchModules([patchOf('aliased', /^index\.js$/, 'index.js')])
    const names = ['alias4', '@scope/alias5', 'stranger', 'nameless']
    expect(names.map((name) => new (load(name).Thing)().name())).toEqual([
      'patched thing',
      'patched thing',
      'thing',
      'thing',
    ])
  })

  it('returns the watched packages that are loaded, aliases included', () => {
    write('watched1', { 'index.js': '' })
    write('alias6', { 'package.json': '{ "name": "watched2" }', 'index.js': '' })
    write('unwatched', { 'index.js': '' })
    stop = patchModules([patchOf('absent', /^index\.js$/, 'index.js')], new Set(['watched1', 'watched2']))
    for (const name of ['watched1', 'alias6', 'unwatched']) load(name)
    expect([...loadedPackages()].sort()).toEqual(['watched1', 'watched2'])
  })

  it('patches both instances if a loader compiles an ES module to CommonJS for require', () => {
    write('compiled', {
      'package.json': '{ "type": "module", "exports": { "import": "./index.js", "require": "./index.js" } }',
      'index.js': "export { Thing } from './lib/thing.js'",
      'lib/thing.js': "export class Thing { name() { return 'thing' } }",
    })
    const loader = module.registerHooks({
      load(url, context, nextLoad) {
        const isRequired = context.conditions?.includes('import') !== true
        if (!isRequired || !url.includes('/compiled/')) return nextLoad(url, context)
        const source = url.endsWith('thing.js') ? CLASS : "module.exports = require('./lib/thing.js')"
        return { format: 'commonjs', source, shortCircuit: true }
      },
    })
    try {
      writeFileSync(
        join(folder, 'compiled.mjs'),
        `import { Thing } from 'compiled'
        import { createRequire } from 'node:module'
        export const imported = new Thing().name()
        const { Thing: Required } = createRequire(import.meta.url)('compiled')
        export const required = new Required().name()
        export const isOther = Thing !== Required`,
      )
      stop = patchModules([patchOf('compiled', /^(index|lib\/thing)\.js$/, 'lib/thing.js')])
      expect(load('./compiled.mjs')).toMatchObject({
        imported: 'patched thing',
        required: 'patched thing',
        isOther: true,
      })
    } finally {
      loader.deregister()
    }
  })

  it('patches an ES module before its first import', () => {
    write('modern', {
      'package.json': '{ "type": "module", "exports": "./index.js" }',
      'index.js': "export * from './lib/thing.js'",
      'lib/thing.js': "export class Thing { name() { return 'thing' } }",
    })
    writeFileSync(
      join(folder, 'app.mjs'),
      "import { Thing } from 'modern'\nexport const name = new Thing().name()",
    )
    stop = patchModules([patchOf('modern', /^index\.js$/, 'lib/thing.js')])
    expect((load('./app.mjs') as { name: string }).name).toBe('patched thing')
  })

  it('warns once if a package cannot be patched, and loads it unpatched', () => {
    const warnings = recordWarnings()
    write('changed', { 'index.js': "exports.other = 'unchanged'" })
    stop = patchModules([patchOf('changed', /^index\.js$/, 'index.js')])
    expect([load('changed').other, load('changed').other]).toEqual(['unchanged', 'unchanged'])
    expect(warnings).toEqual([
      'changed not fully instrumented: FILE cannot be patched, so its things have no names. Use another version',
    ])
  })

  it.each([
    ['koa', 'lib/context.js', /route="unmatched"\. .*docs\/frameworks\.md, or call setRoute/],
    ['undici', 'lib/dispatcher/fixed-queue.js', /a call that waits .* another request\. .*release of undici/],
    [
      'undici',
      'lib/handler/redirect-handler.js',
      /interceptor repeats .* another request\. .*release of undici/,
    ],
    ['ws', 'lib/websocket-server.js', /handshakes may have route="unmatched"\. .*use ws 7 or 8/],
    ['engine.io', 'build/server.js', /handshakes may have route="unmatched"\. .*use engine\.io 6/],
    ['ws', 'lib/websocket.js', /compressed messages are counted in part .*disable perMessageDeflate/],
  ])('warns of the effect of a failed patch of %s/%s, with a remedy', (name, file, expected) => {
    const warnings = recordWarnings()
    write(name, { [file]: UNPATCHABLE })
    stop = patchModules([...FRAMEWORK_PATCHES, ...CLIENT_PATCHES, ...WEBSOCKET_PATCHES])
    load(`${name}/${file}`)
    expect(warnings).toEqual([expect.stringMatching(expected)])
  })

  it('rethrows the error of a package that cannot be loaded', () => {
    write('broken', { 'index.js': "throw new Error('broken')" })
    stop = patchModules([patchOf('broken', /^index\.js$/, 'index.js')])
    expect(() => load('broken')).toThrow('broken')
    expect(() => load('absent-package')).toThrow(/Cannot find module/)
  })
})
