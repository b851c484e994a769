import { beforeEach, describe, expect, it } from 'vitest'
import { TestLoop } from '../testing/event-loop.ts'
import { LOOP_SOURCES, LoopSampler } from './loop-sampler.ts'

let loop: TestLoop
let sampler: LoopSampler

beforeEach(() => {
  loop = new TestLoop()
  sampler = new LoopSampler(loop)
})

/** Lets the loop be idle for ten seconds, so that its interval is long, and forgets the samples. */
function becomeIdle(): void {
  loop.wait(10_000)
  sampler.samples.reset()
  loop.wakeUps = 0
}

/** Returns the largest delay in milliseconds, accurate to one per cent. */
const maxDelay = (): number => Math.round(sampler.samples.max / 1000)

describe('the sampler of the event loop', () => {
  it('takes ten samples in the first second, and one per second while the loop is idle', () => {
    loop.wait(1000)
    expect(sampler.samples.count).toBe(10)
    becomeIdle()
    loop.wait(60_000)
    expect(sampler.samples.count).toBe(60)
    expect(loop.wakeUps).toBe(60)
  })

  it('samples every 100 ms for at least a second after each request', () => {
    becomeIdle()
    loop.wait(500)
    sampler.expectWork()
    loop.wait(1000)
    expect(sampler.samples.count).toBe(10)
    for (let second = 0; second < 20; second++) {
      sampler.expectWork()
      loop.wait(1000)
    }
    expect(sampler.samples.count).toBe(210)
    becomeIdle()
    loop.wait(10_000)
    expect(loop.wakeUps).toBe(10)
  })

  it('sees the block of a request that arrives while the loop is idle', () => {
    becomeIdle()
    sampler.expectWork()
    loop.block(300)
    expect(maxDelay()).toBe(200)
  })

  it('samples every 100 ms while the loop is active for more than 5 % of the time without requests', () => {
    becomeIdle()
    for (let turn = 0; turn < 100; turn++) {
      loop.wait(90)
      loop.block(10)
    }
    expect(sampler.samples.count).toBeGreaterThan(90)
    expect(maxDelay()).toBeLessThanOrEqual(10)
  })

  it('sees every block of more than a second, also while the loop is idle', () => {
    becomeIdle()
    loop.wait(10)
    loop.block(3000)
    expect(maxDelay()).toBeGreaterThanOrEqual(1990)
  })

  it('takes no samples after a stop', () => {
    sampler.stop()
    loop.wait(10_000)
    expect(loop.wakeUps).toBe(0)
  })

  it('measures the event loop of Node', async () => {
    const real = new LoopSampler(LOOP_SOURCES)
    const end = performance.now() + 300
    while (performance.now() < end);
    await expect.poll(() => real.samples.count).toBeGreaterThan(0)
    expect(real.samples.max).toBeGreaterThan(150_000)
    real.stop()
  })

  it('stores delays of more than an hour as one hour', () => {
    loop.block(2 * 3_600_000)
    expect(sampler.samples.max / 3.6e9).toBeCloseTo(1, 2)
  })
})
