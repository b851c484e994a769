import { describe, expect, it } from 'vitest'
import { CLIENT_PATCHES, FRAMEWORK_PATCHES } from '../adapters.ts'

// test/frameworks runs the patches on the real packages. These tests cover exports that no real package has.

const PATCHES = [...FRAMEWORK_PATCHES, ...CLIENT_PATCHES].map(
  (patch) => [`${patch.package}/${patch.file}`, patch] as const,
)

/** Exports in which every patch finds the methods that it wraps; each method returns the arguments of its call. */
function knownExports(file: string): Record<string, unknown> {
  const echo = (...args: unknown[]): unknown[] => args
  class Known {
    readonly stack: object[] = []
    get method(): string {
      return 'GET'
    }
  }
  // The handlers of undici set `dispatch` in their constructor; their prototype has none.
  const dispatch = /lib\/handler/.test(file) ? [] : ['dispatch']
  const methods = ['process_params', 'use', 'route', 'add', '~findRoute', 'renderPageComponent', 'runApi']
  for (const name of [...methods, 'push', 'shift', 'handleRequest', 'match', ...dispatch]) {
    const method = { value: echo, configurable: true, writable: true }
    for (const target of [Known, Known.prototype]) Object.defineProperty(target, name, method)
  }
  const names = ['H3', 'H3Event', 'default', 'Router']
  return Object.assign(Known, Object.fromEntries(names.map((name) => [name, Known]))) as never
}

const shapeOf = (exports: Record<string, unknown>): unknown => {
  const { prototype } = exports as { readonly prototype: object }
  return [Object.getOwnPropertyDescriptors(exports), Object.getOwnPropertyDescriptors(prototype)]
}

describe.each(PATCHES)('the patch of %s', (_name, patch) => {
  it('adds no member to exports that it does not know, once undone', () => {
    const unknown = { H3: class {}, H3Event: class {}, default: class {}, Router: class {}, prototype: {} }
    const before = JSON.stringify(Object.getOwnPropertyNames(unknown))
    patch.patch(unknown)()
    expect(JSON.stringify(Object.getOwnPropertyNames(unknown))).toBe(before)
  })

  it('restores the exports when it is undone, also the second time', () => {
    const exports = knownExports(patch.file)
    const before = shapeOf(exports)
    for (let run = 0; run < 2; run++) {
      const undo = patch.patch(exports)
      expect(shapeOf(exports)).not.toEqual(before)
      undo()
      expect(shapeOf(exports)).toEqual(before)
    }
  })
})
