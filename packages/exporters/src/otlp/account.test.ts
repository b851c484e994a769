import { expect, it } from 'vitest'
import { Account } from './account.ts'

it('an account calls once, when the first item has been made', () => {
  const account = new Account('traces')
  const queued: number[] = []
  account.onFirst = () => queued.push(account.balance().queued)
  account.create(2)
  account.export(2)
  account.create(1)
  expect(queued).toEqual([2])
})
