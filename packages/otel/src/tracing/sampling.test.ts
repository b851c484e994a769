import { ROOT_CONTEXT } from '@opentelemetry/api'
import { SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import { describe, expect, it } from 'vitest'
import { decideSampling, ratioSampling, type SamplingRules } from './sampling.ts'
import { RandomIds } from './trace-ids.ts'

const RATIO = 0.1
const rules: SamplingRules = {
  ids: new RandomIds(),
  isSampled: ratioSampling(RATIO),
  trustsParent: true,
}
const parent = (traceFlags: number) => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags,
  isRemote: true,
})

describe('decideSampling', () => {
  it('samples the configured ratio', () => {
    const draws = 20_000
    let sampled = 0
    for (let i = 0; i < draws; i++) if (decideSampling(rules, undefined, false).isSampled) sampled++
    const deviation = Math.sqrt(draws * RATIO * (1 - RATIO))
    expect(Math.abs(sampled - draws * RATIO)).toBeLessThan(6 * deviation) // exceeded by chance once in a billion runs
  })

  it('continues the decision of a trusted caller only', () => {
    expect(decideSampling(rules, parent(1), false)).toEqual({
      isSampled: true,
      parent: parent(1),
      newTraceId: undefined,
    })
    expect(decideSampling(rules, parent(0), false)).toMatchObject({ isSampled: false, newTraceId: undefined })
    const distrusting = { ...rules, trustsParent: false, isSampled: () => false }
    const decision = decideSampling(distrusting, parent(1), false)
    expect(decision).toMatchObject({ isSampled: false, parent: undefined })
    expect(decision.newTraceId?.traceId).toMatch(/^(?!a{32})[0-9a-f]{32}$/)
  })

  it.each([0, 1e-9, 0.01, 0.5, 0.999, 1])(
    'decides as TraceIdRatioBasedSampler does, at a ratio of %d',
    (ratio) => {
      const ours = ratioSampling(ratio)
      const theirs = new TraceIdRatioBasedSampler(ratio)
      for (let i = 0; i < 2000; i++) {
        const drawn = rules.ids.newTraceId()
        const { decision } = theirs.shouldSample(ROOT_CONTEXT, drawn.traceId)
        expect(ours(drawn)).toBe(decision === SamplingDecision.RECORD_AND_SAMPLED)
      }
    },
  )

  it('does not sample an excluded request', () => {
    expect(decideSampling({ ...rules, isSampled: () => true }, undefined, true).isSampled).toBe(false)
    expect(decideSampling(rules, parent(1), true).isSampled).toBe(false)
  })
})

describe('RandomIds', () => {
  it('generates valid ids without repetition', () => {
    const ids = new RandomIds()
    const seen = new Set<string>()
    for (let i = 0; i < 5000; i++) {
      const [traceId, spanId] = [ids.traceId(), ids.spanId()]
      expect(traceId).toMatch(/^[0-9a-f]{32}$/)
      expect(spanId).toMatch(/^[0-9a-f]{16}$/)
      seen.add(traceId).add(spanId)
    }
    expect(seen.size).toBe(10_000)
  })
})
