import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelLabels, OTHER_MODEL } from './model.ts'

describe('the value of a requested model', () => {
  it('is other until an engine answers with it', () => {
    const models = new ModelLabels()
    expect(models.requested('lora-a', undefined, 0)).toBe(OTHER_MODEL)
    expect(models.requested('lora-a', 'lora-a', 0)).toBe('lora-a')
    expect(models.requested('lora-a', undefined, 0)).toBe('lora-a')
  })

  it('is the model if an engine lists it, once it is requested', () => {
    const models = new ModelLabels()
    models.listed('listed')
    expect(models.requested('listed', undefined, 0)).toBe('listed')
    expect(models.requested('not listed', 'listed', 0)).toBe(OTHER_MODEL)
  })

  it.each([
    ['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o'],
    ['llama3', 'llama3:70b', 'llama3'],
    ['gpt-4', 'gpt-4o', OTHER_MODEL],
    ['', 'gpt-4o', OTHER_MODEL],
    ['my-alias', 'gpt-4o', OTHER_MODEL],
  ])('%s, answered by %s, is %s', (requested, served, value) => {
    expect(new ModelLabels().requested(requested, served, 0)).toBe(value)
  })

  it('does not count towards the limit while it is only listed', () => {
    const models = new ModelLabels()
    for (let i = 0; i < 1_000; i++) models.listed(`listed ${i}`)
    for (let i = 0; i < 100; i++) expect(models.served(`served ${i}`, 0)).toBe(`served ${i}`)
    expect(models.overflowCount).toBe(0)
    expect(models.served('one more', 0)).toBe(OTHER_MODEL)
    expect(models.requested('listed 1', undefined, 0)).toBe(OTHER_MODEL)
    expect(models.overflowCount).toBe(2)
  })

  it('forgets the oldest listed names beyond 2,000', () => {
    const models = new ModelLabels()
    for (let i = 0; i <= 2_000; i++) models.listed(`listed ${i}`)
    expect(models.requested('listed 0', undefined, 0)).toBe(OTHER_MODEL)
    expect(models.requested('listed 1', undefined, 0)).toBe('listed 1')
  })

  it('is cut at 256 characters', () => {
    const models = new ModelLabels()
    const long = 'm'.repeat(100_000)
    models.listed(long)
    expect(models.requested(long, undefined, 0)).toBe(long.slice(0, 256))
  })
})

describe('the values of models', () => {
  it('are other alone for a client that requests 100,000 random models', () => {
    const models = new ModelLabels()
    models.served('real', 0)
    const seen = new Set<string>()
    for (let i = 0; i < 100_000; i++) seen.add(models.requested(`random ${i}`, undefined, 0))
    expect([...seen]).toEqual([OTHER_MODEL])
    expect(models.requested('real', undefined, 0)).toBe('real')
  })

  it('are at most 101, also if the engine answers with any model that a client requests', () => {
    const name = fc.oneof(fc.string({ maxLength: 300 }), fc.nat(100_000).map(String))
    const step = fc.record({ name, kind: fc.constantFrom('listed', 'served', 'requested', 'confirmed') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1_000, size: 'max' }), (steps) => {
        const models = new ModelLabels()
        const seen = new Set<string>()
        for (const { name, kind } of steps) {
          if (kind === 'listed') models.listed(name)
          else if (kind === 'served') seen.add(models.served(name, 0))
          else seen.add(models.requested(name, kind === 'confirmed' ? name : undefined, 0))
        }
        expect(seen.size).toBeLessThanOrEqual(101)
        for (const value of seen) expect(value.length).toBeLessThanOrEqual(256)
      }),
    )
  })

  it('are at most 101 for 100,000 random models that an engine confirms', () => {
    const models = new ModelLabels()
    const seen = new Set<string>()
    for (let i = 0; i < 100_000; i++) {
      seen.add(models.served(`random ${i}`, 0))
      seen.add(models.requested(`random ${i}`, `random ${i}`, 0))
    }
    expect(seen.size).toBe(101)
  })
})
