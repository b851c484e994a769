import { describe, expect, it } from 'vitest'
import { ExcerptReader } from './excerpt.ts'
import { excerptOf } from './excerpt-buffer.ts'
import type { Fact } from './facts.ts'
import { JsonBody } from './json-body.ts'
import { textOf } from './values.ts'

const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')

/** Reads the model of an object whose text has one character a byte. */
function modelInBytes(object: unknown): string | undefined {
  const text = bytesOf(JSON.stringify(object))
  return textOf(new ExcerptReader(excerptOf(text, 0, text.length)).get('model'))
}

function modelOfBody(body: object): string | undefined {
  const models: string[] = []
  const sink = {
    wants: new Set(['model_requested'] as const),
    onFact: (fact: Fact) => void (fact.type === 'model_requested' && models.push(fact.model)),
  }
  const reader = new JsonBody('request', sink)
  reader.append(JSON.stringify({ input: '', ...body }))
  reader.end()
  return models[0]
}

describe('a string of a fact', () => {
  it.each(['gpt', 'é', 'Ã©', 'Â£5', '日本', '\u{1F600}'])('is decoded once: %s', (model) => {
    expect(modelOfBody({ model })).toBe(model)
    expect(modelInBytes({ model })).toBe(model)
  })

  it.each([
    [{ x: 'é'.repeat(200_000) }, {}],
    [{}, { x: 'é'.repeat(200_000) }],
  ])('is decoded once in an object that is kept in part (%#)', (before, after) => {
    expect(modelOfBody({ ...before, model: 'Ã©', ...after })).toBe('Ã©')
    expect(modelInBytes({ ...before, model: 'Ã©', ...after })).toBe('Ã©')
  })

  it('is decoded before it is cut', () => {
    expect(modelInBytes({ model: `a${'ü'.repeat(300)}` })).toBe(`a${'ü'.repeat(255)}`)
  })

  it('is cut after a whole character', () => {
    expect(textOf(`${'x'.repeat(255)}\u{1F600}`)).toBe('x'.repeat(255))
    expect(textOf(`${'x'.repeat(254)}\u{1F600}y`)).toBe(`${'x'.repeat(254)}\u{1F600}`)
    expect(textOf('x'.repeat(257))).toBe('x'.repeat(256))
  })

  it('is unchanged if an event has text that is no UTF-8 in bytes', () => {
    expect(textOf(ExcerptReader.of('{"model":"modèle"}', undefined).get('model'))).toBe('modèle')
    expect(textOf(ExcerptReader.of('{"model":"日 Ã©"}', undefined).get('model'))).toBe('日 Ã©')
  })
})
