import { expect, it } from 'vitest'
import { LedgerGroup } from '../cluster/ledger-group.ts'
import { scrapeFamilies } from '../cluster/scraper.ts'
import { wrongTotals } from '../cluster/totals.ts'
import { eventually } from './running-app.ts'

const REQUESTS = 5

it('an aggregator that exits loses nothing that its callbacks of observable instruments report', async () => {
  const group = await LedgerGroup.start(2)
  const number = await eventually(async () => group.output.match(/^(\d+) .*metrics at/m)?.[1])
  const aggregator = group.living.find((worker) => String(worker.number) === number)
  if (aggregator === undefined) throw new Error(`no process has the number ${number}`)
  const [url = '', otherUrl = ''] = group.urls.toSorted((a) => (a === group.urls[aggregator.number] ? -1 : 1))
  // The other process holds copies from now on. No later scrape runs the callbacks.
  await eventually(async () => (await fetch(`${otherUrl}/metrics`)).status === 200)
  for (let request = 0; request < REQUESTS; request++)
    await (await fetch(url, { headers: { connection: 'close' } })).text()
  group.end(aggregator, 'exit')
  await group.ended(aggregator)
  const ledger = group.ledger(aggregator.number)
  expect(ledger.count('job')).toBe(REQUESTS)
  await eventually(async () => (await fetch(group.metricsPortUrl).catch(() => undefined))?.status === 200)
  expect(wrongTotals(await scrapeFamilies(group.metricsPortUrl), aggregator.number, ledger, 'exit')).toEqual(
    [],
  )
  await group.close()
})
