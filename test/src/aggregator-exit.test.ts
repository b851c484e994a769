import { expect, it, onTestFinished } from 'vitest'
import { LedgerGroup } from '../cluster/ledger-group.ts'
import { scrapeFamilies } from '../cluster/scraper.ts'
import { wrongTotals } from '../cluster/totals.ts'
import { eventually } from './running-app.ts'

const REQUESTS = 5

it('an aggregator that exits loses nothing that its callbacks of observable instruments report', async () => {
  const group = await LedgerGroup.start(2)
  onTestFinished(() => group.close())
  const number = await eventually(async () => group.output.match(/^(\d+) .*metrics at/m)?.[1])
  const index = group.living.findIndex((worker) => String(worker.number) === number)
  const aggregator = group.living[index]
  const url = group.urls[index]
  const otherMetricsUrl = group.metricsUrls[1 - index]
  if (aggregator === undefined || url === undefined || otherMetricsUrl === undefined)
    throw new Error(`no process has the number ${number}`)
  // The other process holds copies from now on. No later scrape runs the callbacks.
  await eventually(async () => (await fetch(otherMetricsUrl)).status === 200)
  for (let request = 0; request < REQUESTS; request++)
    await (await fetch(url, { headers: { connection: 'close' } })).text()
  group.end(aggregator, 'exit')
  await group.ended(aggregator)
  const ledger = group.ledger(aggregator.number)
  expect(ledger.count('job')).toBe(REQUESTS)
  await eventually(async () => (await fetch(group.metricsPortUrl).catch(() => undefined))?.status === 200)
  const families = await scrapeFamilies(group.metricsPortUrl)
  expect(wrongTotals(families, aggregator.number, ledger, 'exit')).toEqual([])
})
