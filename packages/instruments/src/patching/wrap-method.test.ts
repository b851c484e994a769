import { describe, expect, it } from 'vitest'
import { replaceProperty } from './replace-property.ts'
import { wrapMethod } from './wrap-method.ts'

class Base {
  greet(name: string): string {
    return `hello ${name}`
  }
}
class Derived extends Base {}

/** Wraps `greet` and records its arguments. */
function observe(target: Base, seen: unknown[]): () => void {
  return wrapMethod(
    target,
    'greet',
    (original, wrap) =>
      function greet(this: Base, ...args: unknown[]): unknown {
        if (wrap.isUndone) return original(this, args)
        seen.push(args[0])
        return original(this, args)
      },
  )
}

/** Wraps `greet` as another package would, by assignment. */
function shout(target: Base): void {
  const { greet } = target
  target.greet = function (name) {
    return `${Reflect.apply(greet, this, [name])}!`
  }
}

const descriptorsOf = (target: object) => Object.getOwnPropertyDescriptors(target)

describe.each([
  ['an own method', () => Object.create(Base.prototype, descriptorsOf(Base.prototype)) as Base],
  ['an inherited method', () => new Derived() as Base],
])('%s', (_which, create) => {
  it('is restored when its wrapper is undone, also the second time', () => {
    const target = create()
    const before = descriptorsOf(target)
    const seen: unknown[] = []
    for (const name of ['a', 'b']) {
      const undo = observe(target, seen)
      expect([target.greet(name), target.greet.name, target.greet.length]).toEqual([
        `hello ${name}`,
        'greet',
        1,
      ])
      undo()
      undo()
      expect(descriptorsOf(target)).toEqual(before)
    }
    expect(seen).toEqual(['a', 'b'])
  })

  it('keeps the wrapper of another package that was there before', () => {
    const target = create()
    shout(target)
    const before = descriptorsOf(target)
    const seen: unknown[] = []
    const undo = observe(target, seen)
    expect(target.greet('a')).toBe('hello a!')
    undo()
    expect(descriptorsOf(target)).toEqual(before)
  })

  it('is called through an undone wrapper below the wrapper of another package, and wrapped once when wrapped again', () => {
    const target = create()
    const seen: unknown[] = []
    const undoFirst = observe(target, seen)
    shout(target)
    const before = descriptorsOf(target)
    undoFirst()
    expect([target.greet('a'), seen]).toEqual(['hello a!', []])
    expect(descriptorsOf(target)).toEqual(before)
    const undoSecond = observe(target, seen)
    expect([target.greet('b'), seen]).toEqual(['hello b!', ['b']])
    undoSecond()
    expect([target.greet('c'), seen]).toEqual(['hello c!', ['b']])
    expect(descriptorsOf(target)).toEqual(before)
  })
})

describe('a replaced property', () => {
  it.each([{}, { name: 'value' }])('is restored when the replacement is undone: %j', (target) => {
    const before = descriptorsOf(target)
    const undo = replaceProperty(target, 'name', { get: () => 'ours' })
    expect((target as { name: string }).name).toBe('ours')
    undo()
    expect(descriptorsOf(target)).toEqual(before)
  })

  it('keeps the value that other code has defined since', () => {
    const target = {}
    const undo = replaceProperty(target, 'name', { get: () => 'ours' })
    Object.defineProperty(target, 'name', { value: 'theirs' })
    undo()
    expect(target).toHaveProperty('name', 'theirs')
  })
})

describe('an inherited, enumerable method', () => {
  const inherited = { greet: (name: string) => `hello ${name}` }

  const enumerated = (target: object): string[] => {
    const names: string[] = []
    for (const name in target) names.push(name)
    return names
  }

  it('stays enumerable where a prototype inherits it', () => {
    class Younger {}
    Object.setPrototypeOf(Younger.prototype, inherited)
    const undo = observe(Younger.prototype as Base, [])
    expect(enumerated(new Younger())).toEqual(['greet'])
    undo()
    expect(Object.keys(Younger.prototype)).toEqual([])
  })

  it('is no new key of another object', () => {
    const target = Object.create(inherited)
    observe(target, [])
    expect(Object.keys(target)).toEqual([])
  })
})
