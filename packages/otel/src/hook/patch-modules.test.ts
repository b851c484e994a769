import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { diag } from '@opentelemetry/api'
import type { ModulePatch } from '@vr/otel-instruments/adapters'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { patchModules } from './patch-modules.ts'

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

/** A patch that makes every `name()` of class `Thing` say that it was patched. */
function patchOf(name: string, signal: RegExp, file: string): ModulePatch {
  return {
    package: name,
    signal,
    file,
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

describe('patchModules', () => {
  it('patches an inner file as the package requires it, and undoes it', () => {
    write('inner', { 'index.js': "module.exports = require('./lib/thing')", 'lib/thing.js': CLASS })
    stop = patchModules([patchOf('inner', /^lib\/thing\.js$/, 'lib/thing.js')])
    const { Thing } = load('inner')
    expect(new Thing().name()).toBe('patched thing')
    stop()
    expect(new Thing().name()).toBe('thing')
  })

  it('patches again what it has patched before, when it starts again, though nobody loads that again', () => {
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

  it('patches an ES module before whoever imports it first', () => {
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

  it('says once what cannot be patched, and lets the application go on', () => {
    const said: string[] = []
    const logger = { warn: (message: string) => said.push(message) }
    const nothing = () => {}
    diag.setLogger({ error: nothing, info: nothing, debug: nothing, verbose: nothing, ...logger })
    write('changed', { 'index.js': "exports.other = 'as it is'" })
    stop = patchModules([patchOf('changed', /^index\.js$/, 'index.js')])
    expect([load('changed').other, load('changed').other]).toEqual(['as it is', 'as it is'])
    expect(said.map((message) => message.replace(/file:\S+/, 'FILE'))).toEqual([
      '@vr/otel: routes of changed are not told: FILE cannot be patched',
    ])
  })

  it('lets an error of a package be the error of who requires it', () => {
    write('broken', { 'index.js': "throw new Error('broken')" })
    stop = patchModules([patchOf('broken', /^index\.js$/, 'index.js')])
    expect(() => load('broken')).toThrow('broken')
    expect(() => load('absent-package')).toThrow(/Cannot find module/)
  })
})
