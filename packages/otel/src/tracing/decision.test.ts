import { Server } from 'node:http'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { describe, expect, it } from 'vitest'
import { type DecisionRules, decide, ratioRule } from './decision.ts'
import { FastLane } from './fast-lane.ts'
import { HandedIds, TraceIds } from './trace-ids.ts'
import { RANDOM_FLAG } from './traceparent.ts'

const RATIO = 0.1
const sampler = new TraceIdRatioBasedSampler(RATIO)
const rules: DecisionRules = {
  ids: new TraceIds(),
  isSampled: ratioRule(RATIO),
  trustsParent: true,
}
const parent = (traceFlags: number) => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags,
  isRemote: true,
})

function isSampledBySdk(traceId: string): boolean {
  return sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED
}

describe('decide', () => {
  it('samples the ratio, within what chance allows', () => {
    const draws = 20_000
    let sampled = 0
    for (let i = 0; i < draws; i++) if (decide(rules, undefined, false).isSampled) sampled++
    const deviation = Math.sqrt(draws * RATIO * (1 - RATIO))
    expect(Math.abs(sampled - draws * RATIO)).toBeLessThan(6 * deviation) // once in a billion runs
  })

  it('obeys a caller, or not', () => {
    expect(decide(rules, parent(1), false)).toEqual({ isSampled: true, parent: parent(1), drawn: undefined })
    expect(decide(rules, parent(0), false)).toMatchObject({ isSampled: false, drawn: undefined })
    const distrusting = { ...rules, trustsParent: false, isSampled: () => false }
    const decision = decide(distrusting, parent(1), false)
    expect(decision).toMatchObject({ isSampled: false, parent: undefined })
    expect(decision.drawn?.traceId).toMatch(/^(?!a{32})[0-9a-f]{32}$/)
  })

  it.each([0, 1e-9, 0.01, 0.5, 0.999, 1])(
    'decides as the sampler of the SDK does, at a ratio of %d',
    (ratio) => {
      const ours = ratioRule(ratio)
      const theirs = new TraceIdRatioBasedSampler(ratio)
      for (let i = 0; i < 2000; i++) {
        const drawn = rules.ids.draw()
        const { decision } = theirs.shouldSample(ROOT_CONTEXT, drawn.traceId)
        expect(ours(drawn)).toBe(decision === SamplingDecision.RECORD_AND_SAMPLED)
      }
    },
  )

  it('never samples what is excluded', () => {
    expect(decide({ ...rules, isSampled: () => true }, undefined, true).isSampled).toBe(false)
    expect(decide(rules, parent(1), true).isSampled).toBe(false)
  })
})

describe('TraceIds', () => {
  it('are valid and do not repeat', () => {
    const ids = new TraceIds()
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

describe('FastLane', () => {
  const handedIds = new HandedIds(rules.ids)
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: sampler }),
    idGenerator: handedIds,
  })
  const contextManager = new AsyncLocalStorageContextManager().enable()
  const server = new Server()
  const lane = new FastLane({ ...rules, handedIds, contextManager, readBaggage: undefined })

  /** What became of one request: the flag of the span it would have, and the way it went. */
  function go(rawHeaders: string[]) {
    let result: { way: string; traceId: string | undefined; traceFlags: number | undefined } | undefined
    const spanContextNow = () => trace.getSpanContext(contextManager.active())
    const through = () => {
      const { traceId, traceFlags } = provider
        .getTracer('x')
        .startSpan('request', {}, ROOT_CONTEXT)
        .spanContext()
      result = { way: 'through', traceId, traceFlags }
    }
    const past = () => {
      const { traceId, traceFlags } = spanContextNow() ?? {}
      result = { way: 'past', traceId, traceFlags }
    }
    lane.emit({ observation: undefined, rawHeaders, isUntraced: false }, through, past, server, [])
    return result
  }

  it('takes the decision once: every request that goes through has a sampled span of the trace decided on', () => {
    const results = Array.from({ length: 3000 }, () => go([]))
    const through = results.filter((result) => result?.way === 'through')
    expect(through.length).toBeGreaterThan(100)
    expect(
      through.every((result) => result?.traceFlags === 1 && isSampledBySdk(result.traceId as string)),
    ).toBe(true)
    const past = results.filter((result) => result?.way === 'past')
    expect(
      past.every((result) => result?.traceFlags === RANDOM_FLAG && !isSampledBySdk(result.traceId as string)),
    ).toBe(true)
  })

  it('reads the headers in any case, and takes repeated ones for invalid', () => {
    const header = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`
    expect(go(['Host', 'x', 'TraceParent', header])).toMatchObject({ way: 'past', traceId: 'a'.repeat(32) })
    expect(go(['traceparent', header, 'traceparent', header])?.traceId).not.toBe('a'.repeat(32))
  })

  it('gives back what the listeners return, and passes on what they throw', () => {
    const fail = () => {
      throw new Error('the application')
    }
    const emitted = { observation: undefined, rawHeaders: [], isUntraced: true }
    expect(() => lane.emit(emitted, fail, fail, server, [])).toThrow('the application')
    const past = (...args: unknown[]) => args
    const answered = lane.emit(emitted, () => 'through', past, server, ['request', 1])
    expect(answered).toEqual([server, ['request', 1]])
  })
})
