import { expect, it } from 'vitest'
import { DeliveryStats } from './delivery-stats.ts'

it('an account calls once, when the first item has been made', () => {
  const account = new DeliveryStats('traces')
  const queued: number[] = []
  account.onFirstCreated = () => queued.push(account.snapshot().queued)
  account.recordCreated(2)
  account.recordExported(2)
  account.recordCreated(1)
  expect(queued).toEqual([2])
})
