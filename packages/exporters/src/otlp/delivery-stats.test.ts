import { expect, it } from 'vitest'
import { DeliveryStats } from './delivery-stats.ts'

it('an account calls once, when the first item has been made', () => {
  const account = new DeliveryStats('traces')
  const queued: number[] = []
  account.onFirst = () => queued.push(account.snapshot().queued)
  account.create(2)
  account.export(2)
  account.create(1)
  expect(queued).toEqual([2])
})
