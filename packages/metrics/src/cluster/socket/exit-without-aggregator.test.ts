import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { type GroupProcess, settleGroup, startGroup } from '../../testing/test-group.ts'

it('I3: a member that exits after its aggregator was killed pushes to the next one', async () => {
  const processes = await startGroup(join(temporaryDirectory(), 'group'), 3)
  await settleGroup(processes)
  const [aggregator, member, last] = processes as [GroupProcess, GroupProcess, GroupProcess]
  member.signal('SIGSTOP')
  await aggregator.kill()
  await last.line('aggregator')
  member.write('add 10\nend')
  member.signal('SIGCONT')
  await settleGroup([last])
  expect((await last.scrapeAll()).work).toBe(10)
}, 60_000)
