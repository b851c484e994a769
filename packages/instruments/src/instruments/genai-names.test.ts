import { describe, expect, it } from 'vitest'
import type { InstrumentDefinition } from './definition.ts'
import { genAiQuantityOf, LATEST_GENAI_DEFINITIONS, RELEASED_GENAI_DEFINITIONS } from './genai-names.ts'

describe('the names of the metrics for generative AI', () => {
  const released = Object.values(RELEASED_GENAI_DEFINITIONS)
  const latest = Object.values(LATEST_GENAI_DEFINITIONS)

  it('are names of the conventions or begin with vr_otel', () => {
    for (const { name } of [...released, ...latest]) expect(name).toMatch(/^(gen_ai|vr_otel\.gen_ai)\./)
  })

  it('belong to a quantity that another instrumentation can record, if they are names of the conventions', () => {
    for (const { name } of [...released, ...latest])
      expect([name, genAiQuantityOf(name) !== undefined]).toEqual([name, name.startsWith('gen_ai.')])
  })

  it('are those of valid definitions', () => {
    for (const definitions of [released, latest] as InstrumentDefinition[][]) {
      expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length)
      for (const { kind, unit, description, buckets } of definitions) {
        expect(description).toMatch(/^[A-Z].*\.$/)
        expect([kind, unit, buckets]).toBeOneOf([
          ['histogram', 's', 'genai'],
          ['histogram', '{token}', 'tokens'],
          ['counter', '{token}', undefined],
          ['counter', '{stream}', undefined],
        ])
      }
    }
  })

  it.each(['gen_ai.server.request.duration', 'gen_ai.invoke_agent.duration', 'x.gen_ai.client.token.usage'])(
    'do not include %s',
    (name) => {
      expect(genAiQuantityOf(name)).toBeUndefined()
    },
  )
})
