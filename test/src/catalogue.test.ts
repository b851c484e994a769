import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CATALOG } from '@vr/otel-instruments'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Every attribute takes its values from a bounded set; where the bound is. */
const BOUNDED = new Map([
  ['method', 'known methods and _OTHER'],
  ['route', 'templates, at most 1000, and other'],
  ['status', 'three digits'],
  ['outcome', 'StreamOutcome'],
  ['tool_type', 'ToolType'],
  ['server_label', 'names that the operator gave'],
])

describe('every instrument of the catalogue', () => {
  const all = Object.values(CATALOG).flat()

  it('has a unit and a description, durations in seconds, and bounded attributes', () => {
    for (const { name, kind, unit, description, attributes, buckets } of all) {
      expect(unit, name).not.toBe('')
      expect(description, name).toMatch(/\.$/)
      if (/duration/.test(name)) expect(unit, name).toBe('s')
      expect(buckets !== undefined, name).toBe(kind === 'histogram')
      expect(
        attributes.filter((attribute) => !BOUNDED.has(attribute)),
        name,
      ).toEqual([])
      expect(name).not.toMatch(/total/)
    }
  })

  it('has a name of its own', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  })

  it('is known to the recorded dashboards of vllm-responses, or is listed here as new', () => {
    const recorded = readFileSync(`${ROOT}test/data/vllm-responses.prom`, 'utf8')
    const scraped = all.map(({ name, kind, unit }) => {
      const suffix = `${unit === 's' ? '_seconds' : ''}${kind === 'counter' ? '_total' : ''}`
      return `vllm_responses_${name.replaceAll('.', '_')}${suffix}`
    })
    const known = [...recorded.matchAll(/^# TYPE (vllm_responses_\w+)/gm)].map(([, name]) => name as string)
    expect(known.filter((name) => !scraped.includes(name) && !name.endsWith('_created'))).toEqual([])
    expect(scraped.filter((name) => !known.includes(name))).toEqual(['vllm_responses_sse_streams_total'])
  })
})

it('the generated pages of the documentation are what the code says', () => {
  execFileSync(process.execPath, [`${ROOT}packages/otel/scripts/docs.ts`, '--check'], { stdio: 'pipe' })
})
