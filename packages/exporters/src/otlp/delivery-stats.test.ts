import { expect, it } from 'vitest'
import { DeliveryStats } from './delivery-stats.ts'

it('calls onFirstCreated once, after the first item is counted', () => {
  const stats = new DeliveryStats('traces')
  const queued: number[] = []
  stats.onFirstCreated = () => queued.push(stats.snapshot().queued)
  stats.recordCreated(2)
  stats.recordExported(2)
  stats.recordCreated(1)
  expect(queued).toEqual([2])
})
