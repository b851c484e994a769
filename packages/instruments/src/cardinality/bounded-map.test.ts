import { DiagLogLevel, diag } from '@opentelemetry/api'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { BoundedMap, IDLE_TIMEOUT_MS, LIFETIME_FACTOR } from './bounded-map.ts'

const HOUR = 3_600_000

function open(
  limit: number,
  name = 'l',
): BoundedMap<string> & { put(value: string, now: number): string | undefined } {
  const map = new BoundedMap<string>({
    name,
    values: [],
    limit,
    overflow: 'other',
    description: '',
  })
  const put = (value: string, now: number): string | undefined =>
    map.find(value, now) ?? map.add(value, (copy) => copy, now)
  return Object.assign(map, { put })
}

afterEach(() => diag.disable())

describe('a bounded map', () => {
  it('adds values up to the limit, and no new ones while these are used', () => {
    const map = open(2)
    let now = 0
    expect(['a', 'b', 'c'].map((value) => map.put(value, now))).toEqual(['a', 'b', undefined])
    for (let minute = 0; minute < 300; minute += 1) {
      now += 60_000
      expect(['a', 'b', `c${minute}`].map((value) => map.put(value, now))).toEqual(['a', 'b', undefined])
    }
    expect(map.overflowCount).toBe(301)
  })

  it('replaces a value that was not used for an hour', () => {
    const map = open(2)
    map.put('stays', 0)
    map.put('goes', 0)
    map.put('stays', HOUR / 2)
    expect(map.put('new', HOUR - 1)).toBeUndefined()
    expect(map.put('new', HOUR)).toBe('new')
    expect(map.put('goes', HOUR)).toBeUndefined()
    expect(map.put('stays', HOUR)).toBe('stays')
  })

  it('keeps a value from its latest use when a request that arrived earlier uses it', () => {
    const map = open(1)
    map.put('a', 0)
    map.put('a', HOUR)
    map.put('a', 1) // a request that has just ended, after an hour
    expect(map.put('b', HOUR + 1)).toBeUndefined()
    expect(map.put('b', 2 * HOUR)).toBe('b')
  })

  it('keeps a value for an hour when a long request adds it at its end', () => {
    const map = open(2)
    map.put('a', 2 * HOUR)
    map.put('b', 0) // arrived two hours ago
    expect(map.put('c', 2 * HOUR)).toBeUndefined()
  })

  it('does not keep a value longer when it is only peeked at', () => {
    const map = open(1)
    map.put('a', 0)
    expect(map.peek('a')).toBe('a')
    expect(map.put('b', HOUR)).toBe('b')
    expect(map.peek('a')).toBeUndefined()
  })

  it('stores copies of at most 256 characters, and finds a longer value again', () => {
    const map = open(1)
    const long = '/x'.repeat(100_000)
    expect(map.put(long, 0)).toBe(long.slice(0, 256))
    expect(map.find(long, 0)).toBe(long.slice(0, 256))
    expect(map.overflowCount).toBe(0)
  })

  it('logs the first overflow, with the name of the label', () => {
    const warnings: string[] = []
    const log = (message: string) => void warnings.push(message)
    diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.ALL)
    warnings.length = 0
    for (const name of ['l', 'http.route']) {
      const map = open(1, name)
      for (let i = 0; i < 10; i += 1) map.put(`${i}`, 0)
    }
    const effect =
      'reached its limit of 1 values: while all of them are in use, new values are recorded as "other" and counted in vr_otel_values_cut_total'
    expect(warnings).toEqual([
      `label "l" ${effect}`,
      `label "http.route" ${effect}; register route templates instead of paths`,
    ])
  })

  it('keeps its limits for any values at any times', () => {
    const step = fc.record({
      value: fc.nat(30).map(String),
      after: fc.constantFrom(0, 1, HOUR / 4, HOUR, 3 * HOUR),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 200, size: 'max' }),
        (limit, steps) => {
          const map = open(limit)
          const seenAt = new Map<string, number>()
          let [now, admissions, refused] = [0, 0, 0]
          for (const { value, after } of steps) {
            now += after
            const before = seenAt.get(value)
            const isHeld = map.peek(value) !== undefined
            if (before !== undefined && now - before < IDLE_TIMEOUT_MS) expect(isHeld).toBe(true)
            const entry = map.put(value, now)
            if (entry === undefined) refused += 1
            else {
              if (!isHeld) admissions += 1
              seenAt.set(value, now)
            }
            const held = [...seenAt.keys()].filter((known) => map.peek(known) !== undefined)
            for (const known of seenAt.keys()) if (!held.includes(known)) seenAt.delete(known)
            expect(held.length).toBeLessThanOrEqual(limit)
            if (entry === undefined && admissions < limit * LIFETIME_FACTOR)
              for (const known of held) expect(now - (seenAt.get(known) ?? 0)).toBeLessThan(IDLE_TIMEOUT_MS)
          }
          expect(map.overflowCount).toBe(refused)
          expect(admissions).toBeLessThanOrEqual(limit * LIFETIME_FACTOR)
        },
      ),
    )
  })
})
