import type { AttributeDefinition } from '../cardinality/attribute.ts'
import type { InstrumentDefinition, MergeRule } from './definition.ts'
import type { HeapSpace, LoopDelay, ProcessReading } from './process-reading.ts'

/** An attribute of a process metric. */
export type ProcessAttribute = AttributeDefinition & { readonly overflow: string }

/** An instrument that observes a part of a {@link ProcessReading}. */
export type ProcessDefinition = InstrumentDefinition & {
  readonly kind: 'counter' | 'up_down_counter' | 'gauge'
  /** At most one. */
  readonly attributes: readonly [] | readonly [ProcessAttribute]
  /** Returns a number, or numbers by attribute value; `undefined` if the platform does not provide it. */
  values(reading: ProcessReading): number | Readonly<Record<string, number>> | undefined
}

const SAMPLING =
  'Sampled every 100 ms while the loop receives requests or is active for more than 5 % of the time, otherwise every second.'
const LOOP_STATE = closedList('nodejs.eventloop.state', ['active', 'idle'], 'states of the event loop')
const CPU_MODE = closedList('cpu.mode', ['user', 'system'], 'CPU mode')
const CONTEXT_SWITCH_TYPE = closedList(
  'process.context_switch.type',
  ['voluntary', 'involuntary'],
  '`voluntary`: the process gave up the CPU itself',
)
const PAGING_FAULT_TYPE = closedList(
  'system.paging.fault.type',
  ['major', 'minor'],
  '`major` faults read from a disk',
)
const DISK_IO_DIRECTION = closedList('disk.io.direction', ['read', 'write'], 'direction of the transfer')
const GC_TYPE = closedList(
  'v8js.gc.type',
  ['major', 'minor', 'incremental', 'weakcb'],
  'types of garbage collection',
)

const HEAP_SPACE = {
  name: 'v8js.heap.space.name',
  values: [],
  limit: 20,
  overflow: 'other',
  description: 'heap spaces of V8; Node 24 has 13',
} as const satisfies AttributeDefinition

const RESOURCE_TYPE = {
  name: 'v8js.resource.type',
  values: [],
  limit: 100,
  overflow: 'other',
  description: 'types of Node.js resources, such as `Timeout`',
} as const satisfies AttributeDefinition

/** Node.js, V8 and process metrics of the semantic conventions 1.45, under their own names. */
export const PROCESS_DEFINITIONS: readonly ProcessDefinition[] = [
  delay('min', 'min', 'Shortest'),
  delay('max', 'max', 'Longest'),
  delay('mean', 'mean', 'Mean'),
  // A percentile of all processes cannot be computed from theirs. The largest of theirs is an upper bound of it.
  delay('stddev', 'max', 'Standard deviation of the'),
  delay('p50', 'max', 'Median'),
  delay('p90', 'max', '90th percentile of the'),
  delay('p99', 'max', '99th percentile of the'),
  {
    name: 'nodejs.eventloop.utilization',
    kind: 'gauge',
    merge: 'mean',
    unit: '1',
    description:
      'Fraction of time that the event loop was active, in the last window of at least one second.',
    attributes: [],
    values: ({ utilization }) => utilization,
  },
  {
    name: 'nodejs.eventloop.time',
    kind: 'counter',
    unit: 's',
    description: 'Time that the event loop spent active and idle.',
    attributes: [LOOP_STATE],
    values: ({ loopTime }) => loopTime,
  },
  heap('used', 'Used memory of', ({ used }) => used),
  heap('space.size', 'Size of', ({ size }) => size),
  heap('space.available_size', 'Available memory of', ({ available }) => available),
  heap('space.physical_size', 'Committed memory of', ({ physical }) => physical),
  {
    name: 'v8js.resource.active',
    kind: 'gauge',
    merge: 'sum',
    unit: '{resource}',
    description: 'Resources that keep the event loop alive.',
    attributes: [RESOURCE_TYPE],
    values: ({ resources }) => resources,
  },
  {
    name: 'process.cpu.time',
    kind: 'counter',
    unit: 's',
    description: 'CPU time used by the process.',
    attributes: [CPU_MODE],
    values: ({ cpuTime }) => cpuTime,
  },
  {
    name: 'process.memory.usage',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: 'By',
    description: 'Physical memory of the process.',
    attributes: [],
    values: ({ memory }) => memory,
  },
  {
    name: 'process.memory.virtual',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: 'By',
    description: 'Virtual memory of the process (Linux).',
    attributes: [],
    values: ({ virtualMemory }) => virtualMemory,
  },
  {
    name: 'process.thread.count',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{thread}',
    description: 'Number of threads of the process (Linux).',
    attributes: [],
    values: ({ threads }) => threads,
  },
  {
    name: 'process.unix.file_descriptor.count',
    kind: 'up_down_counter',
    merge: 'sum',
    unit: '{file_descriptor}',
    description: 'Number of open file descriptors (Linux).',
    attributes: [],
    values: ({ fileDescriptors }) => fileDescriptors,
  },
  {
    name: 'process.context_switches',
    kind: 'counter',
    unit: '{context_switch}',
    description: 'Context switches of the process, voluntary and involuntary.',
    attributes: [CONTEXT_SWITCH_TYPE],
    values: ({ contextSwitches }) => contextSwitches,
  },
  {
    name: 'process.paging.faults',
    kind: 'counter',
    unit: '{fault}',
    description: 'Page faults of the process. Major faults read from a disk.',
    attributes: [PAGING_FAULT_TYPE],
    values: ({ pagingFaults }) => pagingFaults,
  },
  {
    name: 'process.disk.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes that the process read from and wrote to disks (Linux).',
    attributes: [DISK_IO_DIRECTION],
    values: ({ diskIo }) => diskIo,
  },
  {
    name: 'process.uptime',
    kind: 'gauge',
    merge: 'max',
    unit: 's',
    description: 'Time since the process started.',
    attributes: [],
    values: ({ uptime }) => uptime,
  },
]

/**
 * The metrics of one thread: its event loop and its heap. The metrics of the namespace `process` are those of the whole process;
 * only its main thread observes them, so that they are not counted once for each thread.
 */
export const THREAD_DEFINITIONS: readonly ProcessDefinition[] = PROCESS_DEFINITIONS.filter(
  ({ name }) => !name.startsWith('process.'),
)

/** Garbage collections, recorded when they happen. */
export const GC_DEFINITION = {
  name: 'v8js.gc.duration',
  kind: 'histogram',
  unit: 's',
  description: 'Duration of garbage collections.',
  attributes: [GC_TYPE],
  buckets: 'gc',
} as const satisfies InstrumentDefinition

function closedList(name: string, values: readonly string[], description: string): ProcessAttribute {
  return { name, values, overflow: 'other', description }
}

function delay(part: keyof LoopDelay, merge: MergeRule, words: string): ProcessDefinition {
  return {
    name: `nodejs.eventloop.delay.${part}`,
    kind: 'gauge',
    merge,
    unit: 's',
    description: `${words} event loop delay in the last window of at least one second. ${SAMPLING}`,
    attributes: [],
    values: ({ delay }) => delay?.[part],
  }
}

function heap(name: string, words: string, sizeOf: (space: HeapSpace) => number): ProcessDefinition {
  return {
    name: `v8js.memory.heap.${name}`,
    kind: 'up_down_counter',
    merge: 'sum',
    unit: 'By',
    description: `${words} a V8 heap space.`,
    attributes: [HEAP_SPACE],
    values: ({ heapSpaces }) =>
      Object.fromEntries(heapSpaces.map((space) => [space.name, sizeOf(space)] as const)),
  }
}
