import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { GroupProcess, settleGroup, startGroup } from '../../testing/test-group.ts'

/** Running time before a kill after which what was counted must not be lost, in milliseconds. */
const LOSS_MS = 50
/** Scrapes between two kills. */
const SCRAPES = 30

const now = (): number => Number(process.hrtime.bigint() / 1_000_000n)

/** Bounds of what a killed process must have added to the total: what it had done `LOSS_MS` before the kill, and all it has done. */
function boundsOf(killed: GroupProcess, killedAt: number): { least: number; most: number } {
  const safe = killed.done.filter(({ ms }) => ms <= killedAt - LOSS_MS)
  return { least: safe.at(-1)?.total ?? 0, most: killed.done.at(-1)?.total ?? 0 }
}

it('I1, I2: no counter falls and no more than 50 ms is lost while aggregators are killed under load, 6 times', async () => {
  const directory = join(temporaryDirectory(), 'group')
  let processes = await startGroup(directory, 4)
  await settleGroup(processes)
  for (const process of processes) process.write('load')
  const bounds = { least: 0, most: 0 }
  /** Highest value of all scrapes. */
  let highest = 0
  for (let kills = 0; kills < 6; kills++) {
    for (let turn = 0; turn < SCRAPES; turn++) {
      const scraped = processes[turn % processes.length] as GroupProcess
      const scrape = await scraped.scrape()
      if (scrape === undefined) continue
      if (scrape.complete || scrape.role === 'aggregator') expect(scrape.work).toBeGreaterThanOrEqual(highest)
      highest = Math.max(highest, scrape.work)
    }
    const aggregator = processes.find(({ isAggregator }) => isAggregator) as GroupProcess
    const killedAt = now()
    await aggregator.kill()
    const lost = boundsOf(aggregator, killedAt)
    expect(lost.least).toBeGreaterThan(0)
    bounds.least += lost.least
    bounds.most += lost.most
    const started = new GroupProcess(directory)
    processes = [...processes.filter((process) => process !== aggregator), started]
    await started.line('ready')
    started.write('load')
  }
  for (const process of processes) process.write('stop')
  await Promise.all(processes.map((process) => process.line('stopped')))
  await settleGroup(processes)
  const living = processes.reduce((sum, { done }) => sum + (done.at(-1)?.total ?? 0), 0)
  for (const process of processes) {
    const ofKilled = (await process.scrapeAll()).work - living
    expect(ofKilled).toBeGreaterThanOrEqual(bounds.least)
    expect(ofKilled).toBeLessThanOrEqual(bounds.most)
  }
}, 120_000)
