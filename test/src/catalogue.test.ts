import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DELIVERY_METRIC_DEFINITIONS, prometheusMetricName } from '@vr/otel-exporters'
import { CATALOG, GROUPS_WITHOUT_PREFIX, type Group, type InstrumentDefinition } from '@vr/otel-instruments'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('every instrument of the catalogue', () => {
  const all: InstrumentDefinition[] = [
    ...Object.values(CATALOG).flat(),
    ...Object.values(DELIVERY_METRIC_DEFINITIONS),
  ]

  it('has a unit and a description, durations in seconds, and bounded attributes', () => {
    for (const { name, kind, unit, description, attributes, buckets } of all) {
      expect(unit, name).not.toBe('')
      expect(description, name).toMatch(/\.$/)
      if (/duration/.test(name)) expect(unit, name).toBe('s')
      expect(buckets !== undefined, name).toBe(kind === 'histogram')
      for (const { name: key, values, limit: places = 0, description: meaning } of attributes) {
        expect(key, name).not.toBe('')
        expect(meaning, key).not.toBe('')
        // What is measured keeps these bounds: see bounds.test.ts of the instruments.
        expect(values.length + places, key).toBeGreaterThan(0)
        expect(values.length + places, key).toBeLessThanOrEqual(1500)
      }
      expect(name).not.toMatch(/total/)
    }
  })

  it('has a name of its own', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  })

  it('is known to the recorded dashboards of vllm-responses, or is listed here as new', () => {
    const recorded = readFileSync(`${ROOT}test/data/vllm-responses.prom`, 'utf8')
    const own = (Object.keys(CATALOG) as Group[]).filter((group) => !GROUPS_WITHOUT_PREFIX.includes(group))
    const scraped = own
      .flatMap((group) => [...CATALOG[group]])
      .map(({ name, kind, unit }) => prometheusMetricName({ name: `vllm_responses.${name}`, kind, unit }))
    const known = [...recorded.matchAll(/^# TYPE (vllm_responses_\w+)/gm)].map(([, name]) => name as string)
    expect(known.filter((name) => !scraped.includes(name) && !name.endsWith('_created'))).toEqual([])
    expect(scraped.filter((name) => name === undefined || !known.includes(name))).toEqual([
      'vllm_responses_sse_streams_total',
      'vllm_responses_sse_time_to_first_event_seconds',
      'vllm_responses_sse_event_gap_seconds',
      'vllm_responses_sse_events_total',
      'vllm_responses_sse_bytes_total',
    ])
  })
})

it('the generated pages of the documentation are what the code says', () => {
  execFileSync(process.execPath, [`${ROOT}packages/otel/scripts/docs.ts`, '--check'], { stdio: 'pipe' })
})
