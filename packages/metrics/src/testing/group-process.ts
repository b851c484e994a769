/**
 * A process of a group that shares its metrics over a socket, and does what the lines on stdin request: `add <n>`, `load` (adds 1
 * each millisecond, and writes `done <total> <monotonic ms>`), `stop`, `scrape <id>`, `folded <pid>` (writes whether the aggregator has folded a process),
 * `end`. The second argument is the factor by which the times of the store are shorter.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Clock, processClock } from '../clock.ts'
import { Aggregator } from '../cluster/aggregator.ts'
import type { Channel } from '../cluster/channel.ts'
import { Member } from '../cluster/member.ts'
import { createMemberKey } from '../cluster/member-key.ts'
import { MergedMetrics } from '../cluster/merged-metrics.ts'
import { PushEncoder } from '../cluster/push-encoder.ts'
import { applyOwnChanges } from '../cluster/replication/apply-own-changes.ts'
import { holdValues } from '../cluster/replication/hold-values.ts'
import { ReplicatedStore } from '../cluster/replication/replicated-store.ts'
import { type GroupAggregator, SocketGroup } from '../cluster/socket/socket-group.ts'
import { ChangeTracker } from '../collect/change-tracker.ts'
import { MeterProvider } from '../provider/meter-provider.ts'
import { valuesOf } from './values-of.ts'

const [directory = '', speed = '1'] = process.argv.slice(2)
const write = (line: string): void => void writeSync(1, `${line}\n`)

const tracker = new ChangeTracker()
const provider = new MeterProvider({ readers: [] })
provider.trackChanges(tracker)
const encoder = new PushEncoder(tracker)
const meter = provider.getMeter('test')
const work = meter.createCounter('work')
meter.createUpDownCounter('processes').add(1)

let key = createMemberKey()
const common = { version: '1.0.0', tracker, encoder }
let replica = new MergedMetrics()
let member = new Member({ ...common, key, replica })
let aggregator: Aggregator | undefined
let store = replica
let replicated: ReplicatedStore | undefined
const storeClock: Clock = {
  now: () => processClock.now() * Number(speed),
  after: (ms, task, keepsAlive) => processClock.after(ms / Number(speed), task, keepsAlive),
}
let stopApplying = (): void => {}

const group = new SocketGroup({
  directory,
  becomeMember(channel: Channel) {
    stopApplying()
    if (aggregator !== undefined) {
      aggregator.close()
      aggregator = undefined
      replica = new MergedMetrics()
      holdValues(replica, store)
      member = new Member({ ...common, key, replica })
      store = replica
    }
    member.connect(channel)
    member.serve('http://127.0.0.1/metrics')
    write('member')
  },
  becomeAggregator(): GroupAggregator {
    member.close()
    key = member.key
    const merged = new MergedMetrics()
    const replicatedStore = new ReplicatedStore(merged, `ended-${createMemberKey()}`, storeClock)
    replicated = replicatedStore
    holdValues(merged, replica)
    const created = new Aggregator({ ...common, key, store: replicatedStore, resource: () => ({}) })
    aggregator = created
    store = merged
    const apply = (): void => created.applyOwnChanges()
    stopApplying = applyOwnChanges(tracker, apply, replicatedStore.deputies, processClock)
    created.applyOwnChanges()
    write('aggregator')
    return { store: replicatedStore, accept: (channel) => created.accept(channel) }
  },
  onProblem: (reason) => write(`problem ${reason}`),
})

process.on('exit', () => {
  if (aggregator === undefined) member.pushAtExit()
  else aggregator.applyOwnChanges()
  group.flushAtExit(() => member.pushAtExit())
})

async function scrape(id: string): Promise<void> {
  const role = aggregator === undefined ? 'member' : 'aggregator'
  const complete = await (aggregator?.flush() ?? member.sync())
  if (aggregator === undefined && !member.hasState) return write(`scrape ${id} none`)
  const values = await valuesOf(store)
  await aggregator?.share()
  write(`scrape ${id} ${role} ${complete} ${values['work {}'] ?? 0} ${values['processes {}'] ?? 0}`)
}

let total = 0
let isStopped = false
function load(): void {
  if (isStopped) {
    write('stopped')
    return
  }
  work.add(1)
  total += 1
  write(`done ${total} ${process.hrtime.bigint() / 1_000_000n}`)
  setTimeout(load, 1)
}

group.start()
createInterface(process.stdin).on('line', (line) => {
  const [command, argument = ''] = line.split(' ')
  if (command === 'add') {
    work.add(Number(argument))
    write(`added ${argument}`)
  } else if (command === 'load') load()
  else if (command === 'stop') isStopped = true
  else if (command === 'scrape') void scrape(argument)
  else if (command === 'folded') {
    const folded = [...(replicated?.copies.folded ?? [])]
    write(`folded ${folded.some((key) => key.startsWith(`${argument}-`))}`)
  } else if (command === 'end') process.exit()
})
write('ready')
