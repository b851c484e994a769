import type { monitorEventLoopDelay } from 'node:perf_hooks'
import { beforeEach, expect, it } from 'vitest'
import { EventLoopWindow } from './event-loop.ts'

/** An event loop whose time and samples the test sets. The time between two samples is 0.1 s plus the delay. */
class Loop {
  now = 5000
  samples: number[] = []
  busy = 0

  sample(delaySeconds: number): void {
    this.samples.push((0.1 + delaySeconds) * 1e9)
  }

  window(): EventLoopWindow {
    const loop = this
    const histogram = {
      enable: () => true,
      disable: () => true,
      reset: () => void loop.samples.splice(0),
      get count() {
        return loop.samples.length
      },
      get min() {
        return Math.min(...loop.samples)
      },
      get max() {
        return Math.max(...loop.samples)
      },
      mean: 0,
      stddev: 0,
      percentile: () => 0,
    } as unknown as ReturnType<typeof monitorEventLoopDelay>
    const utilization = (now = this.total(), before = { idle: 0, active: 0, utilization: 0 }) => {
      const active = now.active - before.active
      const idle = now.idle - before.idle
      return { active, idle, utilization: active / (active + idle) }
    }
    return new EventLoopWindow({ now: () => this.now, histogram, utilization })
  }

  total() {
    return { active: this.busy, idle: this.now - this.busy, utilization: this.busy / this.now }
  }
}

let loop: Loop
let window: EventLoopWindow

beforeEach(() => {
  loop = new Loop()
  window = loop.window()
})

const maxDelay = (): number | undefined => {
  const { delay } = window.read()
  return delay && Number(delay.max.toFixed(3))
}

it('returns the last complete window to scrapes that are close together', () => {
  loop.sample(0.2)
  loop.now += 15_000
  expect(maxDelay()).toBe(0.2)
  loop.now += 5
  expect(maxDelay()).toBe(0.2)
  loop.sample(0.7)
  loop.now += 900
  expect(maxDelay()).toBe(0.2)
  loop.now += 14_000
  expect(maxDelay()).toBe(0.7)
  loop.now += 5
  expect(maxDelay()).toBe(0.7)
})

it('returns the utilization of the same window', () => {
  loop.sample(0.2)
  loop.busy += 750
  loop.now += 1000
  expect(window.read().utilization).toBe(0.75)
  loop.now += 10
  expect(window.read().utilization).toBe(0.75)
})

it('returns the first window before it is complete', () => {
  expect(maxDelay()).toBeUndefined()
  loop.sample(0.1)
  loop.now += 200
  expect(maxDelay()).toBe(0.1)
})

it('does not complete a window without a sample, in which the loop was blocked', () => {
  loop.sample(0.2)
  loop.now += 1000
  expect(maxDelay()).toBe(0.2)
  loop.now += 10_000
  expect(maxDelay()).toBe(0.2)
  loop.sample(9.9)
  expect(maxDelay()).toBe(9.9)
})
