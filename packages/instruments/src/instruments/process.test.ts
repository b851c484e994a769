import {
  type Attributes,
  type BatchObservableCallback,
  createNoopMeter,
  type Observable,
} from '@opentelemetry/api'
import { expect, it } from 'vitest'
import { ProcessInstruments } from './process.ts'
import type { ProcessReading } from './process-reading.ts'

const READING: ProcessReading = {
  delay: { min: 0, max: 0.3, mean: 0.02, stddev: 0.01, p50: 0.001, p90: 0.1, p99: 0.25 },
  utilization: 0.5,
  loopTime: { active: 3, idle: 4 },
  heapSpaces: [
    { name: 'new_space', used: 1, size: 2, available: 3, physical: 4 },
    { name: 'old_space', used: 5, size: 6, available: 7, physical: 8 },
  ],
  resources: { Timeout: 2, TCPServerWrap: 1 },
  cpuTime: { user: 1.5, system: 0.5 },
  memory: 1000,
  virtualMemory: 2000,
  threads: 7,
  fileDescriptors: 20,
  contextSwitches: { voluntary: 11, involuntary: 12 },
  pagingFaults: { major: 13, minor: 14 },
  diskIo: { read: 15, write: 16 },
  uptime: 60,
}

/** A meter that records its instruments as `kind name unit` and keeps the batch callbacks. */
class FakeMeter {
  readonly made: string[] = []
  readonly recorded: unknown[] = []
  callbacks: BatchObservableCallback[] = []
  readonly #observe = (kind: string) => (name: string, options: { unit: string }) => {
    this.made.push(`${kind} ${name} ${options.unit}`)
    return { name } as unknown as Observable
  }
  readonly meter = Object.assign(createNoopMeter(), {
    createObservableCounter: this.#observe('counter'),
    createObservableUpDownCounter: this.#observe('up_down_counter'),
    createObservableGauge: this.#observe('gauge'),
    createHistogram: (name: string) => ({
      record: (value: number, attributes: Attributes) => this.recorded.push([name, value, attributes]),
    }),
    addBatchObservableCallback: (callback: BatchObservableCallback) => this.callbacks.push(callback),
    removeBatchObservableCallback: (callback: BatchObservableCallback) => {
      this.callbacks = this.callbacks.filter((kept) => kept !== callback)
    },
  })

  async collect(): Promise<Record<string, number>> {
    const observed: Record<string, number> = {}
    const observe = (observable: Observable, value: number, attributes: Attributes = {}): void => {
      const labels = Object.entries(attributes).map(([key, text]) => `${key}=${text}`)
      observed[`${(observable as unknown as { name: string }).name}{${labels}}`] = value
    }
    for (const callback of this.callbacks) await callback({ observe })
    return observed
  }
}

it('observes one reading at each collection', async () => {
  const fake = new FakeMeter()
  let readings = 0
  const instruments = new ProcessInstruments(fake.meter, () => {
    readings++
    return READING
  })
  expect(await fake.collect()).toEqual({
    'nodejs.eventloop.delay.min{}': 0,
    'nodejs.eventloop.delay.max{}': 0.3,
    'nodejs.eventloop.delay.mean{}': 0.02,
    'nodejs.eventloop.delay.stddev{}': 0.01,
    'nodejs.eventloop.delay.p50{}': 0.001,
    'nodejs.eventloop.delay.p90{}': 0.1,
    'nodejs.eventloop.delay.p99{}': 0.25,
    'nodejs.eventloop.utilization{}': 0.5,
    'nodejs.eventloop.time{nodejs.eventloop.state=active}': 3,
    'nodejs.eventloop.time{nodejs.eventloop.state=idle}': 4,
    'v8js.memory.heap.used{v8js.heap.space.name=new_space}': 1,
    'v8js.memory.heap.used{v8js.heap.space.name=old_space}': 5,
    'v8js.memory.heap.space.size{v8js.heap.space.name=new_space}': 2,
    'v8js.memory.heap.space.size{v8js.heap.space.name=old_space}': 6,
    'v8js.memory.heap.space.available_size{v8js.heap.space.name=new_space}': 3,
    'v8js.memory.heap.space.available_size{v8js.heap.space.name=old_space}': 7,
    'v8js.memory.heap.space.physical_size{v8js.heap.space.name=new_space}': 4,
    'v8js.memory.heap.space.physical_size{v8js.heap.space.name=old_space}': 8,
    'v8js.resource.active{v8js.resource.type=Timeout}': 2,
    'v8js.resource.active{v8js.resource.type=TCPServerWrap}': 1,
    'process.cpu.time{cpu.mode=user}': 1.5,
    'process.cpu.time{cpu.mode=system}': 0.5,
    'process.memory.usage{}': 1000,
    'process.memory.virtual{}': 2000,
    'process.thread.count{}': 7,
    'process.unix.file_descriptor.count{}': 20,
    'process.context_switches{process.context_switch.type=voluntary}': 11,
    'process.context_switches{process.context_switch.type=involuntary}': 12,
    'process.paging.faults{system.paging.fault.type=major}': 13,
    'process.paging.faults{system.paging.fault.type=minor}': 14,
    'process.disk.io{disk.io.direction=read}': 15,
    'process.disk.io{disk.io.direction=write}': 16,
    'process.uptime{}': 60,
  })
  expect(readings).toBe(1)
  instruments.stop()
  expect(await fake.collect()).toEqual({})
})

it('omits metrics that the platform does not provide', async () => {
  const fake = new FakeMeter()
  const unknown = {
    virtualMemory: undefined,
    threads: undefined,
    fileDescriptors: undefined,
    diskIo: undefined,
  }
  new ProcessInstruments(fake.meter, () => ({ ...READING, ...unknown, delay: undefined }))
  const names = Object.keys(await fake.collect()).map((series) => series.replace(/\{.*/, ''))
  expect([...new Set(names)]).toEqual([
    'nodejs.eventloop.utilization',
    'nodejs.eventloop.time',
    'v8js.memory.heap.used',
    'v8js.memory.heap.space.size',
    'v8js.memory.heap.space.available_size',
    'v8js.memory.heap.space.physical_size',
    'v8js.resource.active',
    'process.cpu.time',
    'process.memory.usage',
    'process.context_switches',
    'process.paging.faults',
    'process.uptime',
  ])
})

it('records garbage collections by type, in seconds', () => {
  const fake = new FakeMeter()
  const instruments = new ProcessInstruments(fake.meter, () => READING)
  instruments.garbageCollected('minor', 0.001)
  instruments.garbageCollected('major', 0.02)
  expect(fake.recorded).toEqual([
    ['v8js.gc.duration', 0.001, { 'v8js.gc.type': 'minor' }],
    ['v8js.gc.duration', 0.02, { 'v8js.gc.type': 'major' }],
  ])
})
