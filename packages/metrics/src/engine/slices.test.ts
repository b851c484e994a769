import { describe, expect, it } from 'vitest'
import type { Clock } from '../clock.ts'
import { withLabels } from './added-labels.ts'
import { parseExposition, parseInSlices } from './parse/parse-exposition.ts'

const FAMILIES = 1000
const text = Array.from(
  { length: FAMILIES },
  (_, n) => `# TYPE c${n}_total counter\nc${n}_total 1\n# TYPE c${n}_created gauge\nc${n}_created 1\n`,
).join('')

/** Ends a slice at each look at the clock. */
class EndingClock implements Clock {
  looks = 0

  now(): number {
    this.looks += 1
    return this.looks * 1000
  }

  after(): () => void {
    throw new Error('no timer is expected')
  }
}

describe('many families of one series', () => {
  it('are built in slices', async () => {
    const clock = new EndingClock()
    await parseInSlices([Buffer.from(text)], 'text', {}, clock)
    const lines = (4 * FAMILIES) / 32
    // Two looks a slice. A family with a start time is built from two.
    expect(clock.looks).toBeGreaterThan(2 * (lines + 3 * FAMILIES))
  })

  it('get their labels in slices', () => {
    const families = parseExposition(text, 'text')
    expect(families).toHaveLength(FAMILIES)
    expect([...withLabels(families, { upstream: 'a' })]).toHaveLength(FAMILIES)
  })
})
