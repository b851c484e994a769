import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ACCOUNT_DEFINITIONS } from '@vr/otel-exporters'
import { CATALOG, GROUPS_WITHOUT_PREFIX, type Group, type InstrumentDefinition } from '@vr/otel-instruments'
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
  ['label', 'labels that have a bound'],
  ['signal', 'traces and metrics'],
  ['reason', 'DropReason'],
  ['http.request.method', 'known methods and _OTHER'],
  ['url.scheme', 'http and https'],
  ['http.route', 'templates'],
  ['http.response.status_code', 'three digits'],
  ['network.protocol.version', 'versions of HTTP'],
  ['error.type', 'outcomes and status codes'],
  ['server.address', 'hosts that the application calls'],
  ['server.port', 'ports that the application calls'],
  ['nodejs.eventloop.state', 'active and idle'],
  ['v8js.gc.type', 'kinds of garbage collection'],
  ['v8js.heap.space.name', "spaces of V8's heap"],
  ['v8js.resource.type', 'kinds of resources of Node'],
  ['cpu.mode', 'user and system'],
  ['process.context_switch.type', 'voluntary and involuntary'],
  ['system.paging.fault.type', 'major and minor'],
  ['disk.io.direction', 'read and write'],
])

describe('every instrument of the catalogue', () => {
  const all: InstrumentDefinition[] = [
    ...Object.values(CATALOG).flat(),
    ...Object.values(ACCOUNT_DEFINITIONS),
  ]

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
    const own = (Object.keys(CATALOG) as Group[]).filter((group) => !GROUPS_WITHOUT_PREFIX.includes(group))
    const scraped = own
      .flatMap((group) => [...CATALOG[group]])
      .map(({ name, kind, unit }) => {
        const suffix = `${unit === 's' && !name.endsWith('seconds') ? '_seconds' : ''}${kind === 'counter' ? '_total' : ''}`
        return `vllm_responses_${name.replaceAll('.', '_')}${suffix}`
      })
    const known = [...recorded.matchAll(/^# TYPE (vllm_responses_\w+)/gm)].map(([, name]) => name as string)
    expect(known.filter((name) => !scraped.includes(name) && !name.endsWith('_created'))).toEqual([])
    expect(scraped.filter((name) => !known.includes(name))).toEqual([
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
