import { ROOT_CONTEXT } from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { SimpleFixedSizeExemplarReservoir } from '../exemplars/fixed-size-reservoir.ts'
import { ExemplarSampler } from '../exemplars/sampler.ts'
import { NewExemplars } from './new-exemplars.ts'

/** A reservoir that never replaces its exemplar within a cycle: each random number skips as many measurements as possible. */
function open() {
  const clock = { now: 0 }
  const reservoir = new SimpleFixedSizeExemplarReservoir(1, () => 0.999_999)
  const exemplars = new NewExemplars(
    new ExemplarSampler('always_on', 'all', () => ROOT_CONTEXT),
    () => clock.now,
  )
  const offer = (value: number) => reservoir.offer(value, () => clock.now, {}, ROOT_CONTEXT)
  const read = () => exemplars.read(0, reservoir, {}).map(({ value }) => value)
  return { clock, exemplars, offer, read }
}

it('returns each exemplar once, and all again after reset', () => {
  const { exemplars, offer, read } = open()
  offer(1)
  expect(read()).toEqual([1])
  expect(read()).toEqual([])
  exemplars.reset()
  expect(read()).toEqual([1])
})

it('ends the cycle of a reservoir at most every 10 seconds', () => {
  const { clock, offer, read } = open()
  offer(1)
  expect(read()).toEqual([1])
  clock.now = 9_999
  offer(2)
  expect(read()).toEqual([])
  clock.now = 10_000
  expect(read()).toEqual([])
  offer(3)
  expect(read()).toEqual([3])
  offer(4)
  expect(read()).toEqual([])
})
