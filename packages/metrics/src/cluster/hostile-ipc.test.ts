import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostileMessages } from '../testing/hostile-values.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { IPC_COMMAND } from './ipc-message.ts'

/** Messages of the application and of its libraries. */
const OTHERS = [
  0,
  'text',
  null,
  { cmd: 'OTHER_NODE', text: 1 },
  { cmd: IPC_COMMAND.toLowerCase(), text: 'x' },
  { type: 'push', sequence: 1 },
  JSON.parse('{"__proto__":{"polluted":true},"toString":1}'),
  { huge: 'x'.repeat(300_000) },
]

/** A message as a failure prints it. */
function summary(message: unknown): string {
  const text = JSON.stringify(message)
  return text.length > 1_000 ? `${text.length} characters` : text
}

it.each(['json', 'advanced'] as const)(
  'I12: with serialization %s, the applications of both sides receive all messages of their own and none of ours',
  async (serialization) => {
    const cluster = new TestCluster()
    const worker = await cluster.fork({ serialization, env: { REPLACE_SEND: 'yes' } })
    await worker.run({ add: 2, action: 'report' })
    const hostile = fc.sample(hostileMessages, { numRuns: 20, seed: 1 }).flat()
    for (const message of OTHERS) worker.process.send([message])
    for (const message of hostile) {
      worker.process.send({ cmd: IPC_COMMAND, text: JSON.stringify(message) } as never)
      worker.process.send({ cmd: IPC_COMMAND, text: message } as never)
    }
    const { received } = await worker.run({ echo: OTHERS, hostile, action: 'report' })
    expect(received?.map(summary)).toEqual(OTHERS.map(summary))
    const isReport = (message: unknown): boolean => Object.hasOwn(Object(message), 'total')
    const echoed = worker.messages.filter((message) => !isReport(message))
    expect(echoed.map(summary)).toEqual(OTHERS.map(summary))
    const scrape = await (await cluster.fork()).run({ add: 1, action: 'sync' })
    expect(scrape).toMatchObject({ hasState: true, values: { 'requests {}': 3 } })
  },
)
