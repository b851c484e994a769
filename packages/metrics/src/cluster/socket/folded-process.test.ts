import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { type GroupProcess, settleGroup, startGroup } from '../../testing/test-group.ts'

/** The store waits 600 ms for the return of a process. */
const SPEED = 100

async function workOf(processes: readonly GroupProcess[]): Promise<number[]> {
  return await Promise.all(processes.map(async (process) => (await process.scrapeAll()).work))
}

/** Waits until the aggregator has folded a process. */
async function waitForFold(aggregator: GroupProcess, { pid }: GroupProcess): Promise<void> {
  await vi.waitUntil(async () => {
    aggregator.write(`folded ${pid}`)
    return (await aggregator.line('folded')) === 'folded true'
  }, 20_000)
}

it('a process that was folded because it was stopped for a minute counts again, once, also as aggregator', async () => {
  const processes = await startGroup(join(temporaryDirectory(), 'group'), 3, SPEED)
  const [first, second, stopped] = processes as [GroupProcess, GroupProcess, GroupProcess]
  await settleGroup(processes)
  await Promise.all(processes.map((process, index) => process.add(10 ** index)))
  expect(await workOf(processes)).toEqual([111, 111, 111])
  stopped.signal('SIGSTOP')
  await first.kill()
  await second.line('aggregator')
  await waitForFold(second, stopped)
  expect((await second.scrapeAll()).work).toBe(111)
  stopped.signal('SIGCONT')
  await settleGroup([second, stopped])
  expect(await workOf([second, stopped])).toEqual([111, 111])
  await stopped.add(1000)
  expect(await workOf([second, stopped])).toEqual([1111, 1111])
  await second.kill()
  await stopped.line('aggregator')
  await stopped.add(10_000)
  expect(await workOf([stopped])).toEqual([11_111])
}, 60_000)
