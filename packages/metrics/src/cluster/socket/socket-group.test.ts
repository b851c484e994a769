import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { type GroupProcess, settleGroup, startGroup } from '../../testing/test-group.ts'

const groupDirectory = (): string => join(temporaryDirectory(), 'group')

async function workOf(processes: readonly GroupProcess[]): Promise<number[]> {
  return await Promise.all(processes.map(async (process) => (await process.scrapeAll()).work))
}

describe('processes that share their metrics over a socket', () => {
  it('all answer with the totals of all, and keep those of ended processes', async () => {
    const processes = await startGroup(groupDirectory(), 4)
    await settleGroup(processes)
    await Promise.all(processes.map((process, index) => process.add(10 ** index)))
    expect(await workOf(processes)).toEqual([1111, 1111, 1111, 1111])
    await processes[3]?.kill()
    await processes[2]?.kill()
    const living = processes.slice(0, 2)
    await settleGroup(living)
    expect(await workOf(living)).toEqual([1111, 1111])
  })

  it('continue with exact totals when the aggregator and then each successor exits in an orderly way', async () => {
    let processes = await startGroup(groupDirectory(), 5)
    await settleGroup(processes)
    for (let added = 0; processes.length > 1; ) {
      const aggregator = processes.find(({ isAggregator }) => isAggregator) as GroupProcess
      await Promise.all(processes.map((process) => process.add(100)))
      added += 100 * processes.length
      aggregator.write('add 7')
      aggregator.write('end')
      added += 7
      processes = processes.filter((process) => process !== aggregator)
      await settleGroup(processes)
      expect(new Set(await workOf(processes))).toEqual(new Set([added]))
    }
  })
})
