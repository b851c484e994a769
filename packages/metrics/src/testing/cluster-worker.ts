/** A worker that pushes its metrics to the process that forked it, and does what the messages of that process request. */
import { setTimeout as delay } from 'node:timers/promises'
import { connectToParent } from '../cluster/ipc-channel.ts'
import { IPC_COMMAND } from '../cluster/ipc-message.ts'
import { Member } from '../cluster/member.ts'
import { createMemberKey } from '../cluster/member-key.ts'
import { MergedMetrics } from '../cluster/merged-metrics.ts'
import { PushEncoder } from '../cluster/push-encoder.ts'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import type { WorkerCommand, WorkerReport } from './test-cluster.ts'
import { valuesOf } from './values-of.ts'

const tracker = new ChangeTracker()
const provider = new MeterProvider({ readers: [], cardinalityLimit: 10_000 })
provider.trackChanges(tracker)
const replica = new MergedMetrics()
const member = new Member({
  key: createMemberKey(),
  version: '1.0.0',
  tracker,
  encoder: new PushEncoder(tracker),
  replica,
})
const meter = provider.getMeter('test')
const requests = meter.createCounter('requests')
const durations = meter.createHistogram('durations', { advice: { explicitBucketBoundaries: [1, 10] } })
meter.createUpDownCounter('in_flight').add(1)
const channel = connectToParent()
if (channel) member.connect(channel)
process.on('exit', () => member.pushAtExit())

const sendToPrimary = process.send?.bind(process)
if (process.env['REPLACE_SEND'] === 'yes') process.send = () => true
const report = (content: WorkerReport): void => void sendToPrimary?.(content)

let total = 0
function add(count: number): void {
  for (let index = 0; index < count; index += 1) {
    requests.add(1)
    durations.record(index % 20)
  }
  total += count
}

function addSeries(count: number): void {
  for (let index = 0; index < count; index += 1) requests.add(1, { path: `/items/${index}`, method: 'GET' })
}

const received: unknown[] = []
function sendHostile(messages: readonly unknown[]): void {
  const cyclic = { cmd: IPC_COMMAND, text: new Map(), self: {} }
  cyclic.self = cyclic
  for (const message of messages) {
    sendToPrimary?.({ cmd: IPC_COMMAND, text: JSON.stringify(message) })
    sendToPrimary?.({ cmd: IPC_COMMAND, text: message })
    try {
      sendToPrimary?.(cyclic)
    } catch {
      // JSON has no cycles.
    }
  }
}

async function run(command: WorkerCommand): Promise<void> {
  if (command.add !== undefined) add(command.add)
  if (command.series !== undefined) addSeries(command.series)
  for (const message of command.echo ?? []) sendToPrimary?.(message)
  if (command.hostile !== undefined) sendHostile(command.hostile)
  if (command.action === 'exit') process.exit()
  if (command.action === 'throw') throw new Error('the worker fails, as the test requests')
  if (command.action === 'report') report({ total, received })
  if (command.action === 'report after 50 ms') {
    await delay(50)
    report({ total })
  }
  if (command.action === 'sync') {
    const start = performance.now()
    const complete = await member.sync()
    const ms = performance.now() - start
    report({ total, complete, ms, hasState: member.hasState, values: await valuesOf(replica) })
  }
  if (command.action === 'measure memory') {
    for (let index = 0; index < 2_000; index += 1) {
      addSeries(100)
      await delay(1)
    }
    globalThis.gc?.()
    report({ total, heapUsed: process.memoryUsage().heapUsed })
  }
}

process.on('message', (command: WorkerCommand | readonly [unknown]) => {
  if (!('length' in command)) void runOrFail(command)
  else received.push(command[0])
})

async function runOrFail(command: WorkerCommand): Promise<void> {
  await run(command).catch((error: unknown) => {
    setImmediate(() => {
      throw error
    })
  })
}
process.on('SIGTERM', () => {
  add(1)
  process.exit()
})
report({ total: 0 })
