import { expect, it } from 'vitest'
import { ChangeTracker } from '../../collect/change-tracker.ts'
import { MeterProvider } from '../../provider/meter-provider.ts'
import { ManualClock, settle } from '../../testing/manual-clock.ts'
import { MemoryChannel } from '../../testing/memory-channel.ts'
import { applyOwnChanges } from './apply-own-changes.ts'
import { Copies } from './copies.ts'
import { Deputies } from './deputies.ts'

function open() {
  const clock = new ManualClock()
  const tracker = new ChangeTracker()
  const provider = new MeterProvider({ readers: [] })
  provider.trackChanges(tracker)
  const meter = provider.getMeter('m')
  const deputies = new Deputies(new Copies('ended'), clock)
  const applied: number[] = []
  const apply = (): void => {
    tracker.takeChanges()
    applied.push(clock.now())
  }
  const stop = applyOwnChanges(tracker, apply, deputies, clock)
  return { clock, meter, deputies, applied, stop }
}

it('applies changes within 8 ms, together', async () => {
  const { clock, meter, applied, stop } = open()
  const counter = meter.createCounter('c')
  counter.add(1)
  await clock.advance(3)
  counter.add(1)
  await clock.advance(5)
  expect(applied).toEqual([8])
  stop()
  counter.add(1)
  await clock.advance(100)
  expect(applied).toEqual([8])
})

it('observes once per second while another process holds copies', async () => {
  const { clock, meter, deputies, applied, stop } = open()
  let value = 0
  meter.createObservableCounter('o').addCallback((result) => result.observe(++value))
  await clock.advance(2000)
  await settle()
  expect(value).toBe(0)
  deputies.add(new MemoryChannel())
  await clock.advance(1000)
  await settle()
  await clock.advance(8)
  expect([value, applied]).toEqual([1, [3008]])
  stop()
  await clock.advance(5000)
  await settle()
  expect(value).toBe(1)
})
