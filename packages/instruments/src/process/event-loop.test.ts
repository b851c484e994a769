import { beforeEach, expect, it } from 'vitest'
import { TestLoop } from '../testing/event-loop.ts'
import { EventLoopWindow } from './event-loop.ts'

let loop: TestLoop
let window: EventLoopWindow

beforeEach(() => {
  loop = new TestLoop()
  window = new EventLoopWindow(loop)
})

const maxDelay = (): number | undefined => {
  const { delay } = window.read()
  return delay && Number(delay.max.toFixed(2))
}

/** Lets one sample be late by a time in milliseconds. */
function delaySample(ms: number): void {
  window.expectWork()
  loop.block(100 + ms)
}

it('returns the last complete window to scrapes that are close together', () => {
  delaySample(200)
  loop.wait(15_000)
  expect(maxDelay()).toBe(0.2)
  loop.wait(5)
  expect(maxDelay()).toBe(0.2)
  delaySample(700)
  loop.wait(100)
  expect(maxDelay()).toBe(0.2)
  loop.wait(14_000)
  expect(maxDelay()).toBe(0.7)
  loop.wait(5)
  expect(maxDelay()).toBe(0.7)
})

it('returns the utilization of the same window', () => {
  loop.block(750)
  loop.wait(250)
  expect(window.read().utilization).toBe(0.75)
  loop.wait(10)
  expect(window.read().utilization).toBe(0.75)
})

it('returns the first window before it is complete', () => {
  expect(maxDelay()).toBeUndefined()
  delaySample(100)
  loop.wait(50)
  expect(maxDelay()).toBe(0.1)
})

it('does not complete a window without a sample, in which the loop was blocked', () => {
  delaySample(200)
  loop.wait(1000)
  expect(maxDelay()).toBe(0.2)
  loop.time += 10_000
  expect(maxDelay()).toBe(0.2)
  loop.wait(0)
  expect(maxDelay()).toBe(9.9)
})
