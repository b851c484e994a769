import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'
import { type MeterProvider, metrics } from '@opentelemetry/api'
import { SCOPE_NAME } from '../instruments/catalog.ts'
import { type GcType, ProcessInstruments } from '../instruments/process.ts'
import { PROCESS_DEFINITIONS, THREAD_DEFINITIONS } from '../instruments/process-definitions.ts'
import type { HeapSpace, ProcessReading } from '../instruments/process-reading.ts'
import { EventLoopWindow } from './event-loop.ts'
import { openFileDescriptors, readLinuxProcess } from './linux-process.ts'

/** A running observation of the process. */
export interface ProcessObservation {
  /** Samples the delay of the event loop more often for at least a second. Called when a request arrives. */
  readonly expectWork: () => void
  /** Removes the observers. Call it when telemetry stops. */
  readonly stop: () => void
}

/**
 * Starts to observe the event loop, the heap, garbage collections and, in the main thread, the process.
 * @param meterProvider creates the instruments; default: the API's global provider
 * @param gcBuckets bucket bounds of `v8js.gc.duration` in seconds; default: those of the semantic conventions
 */
export function observeProcess(
  meterProvider: MeterProvider = metrics.getMeterProvider(),
  gcBuckets?: readonly number[],
): ProcessObservation {
  const loop = new EventLoopWindow()
  const meter = meterProvider.getMeter(SCOPE_NAME)
  const definitions = isMainThread ? PROCESS_DEFINITIONS : THREAD_DEFINITIONS
  const read = (): ProcessReading => readProcess(loop)
  const instruments = new ProcessInstruments(meter, read, gcBuckets, undefined, definitions)
  const collections = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as GcEntry).detail
      const type = GC_TYPES.get(kind)
      if (type !== undefined) instruments.garbageCollected(type, entry.duration / 1000)
    }
  })
  collections.observe({ type: 'gc' })
  return {
    expectWork: () => loop.expectWork(),
    stop: () => {
      collections.disconnect()
      instruments.stop()
      loop.stop()
    },
  }
}

const GC_TYPES: ReadonlyMap<number, GcType> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number } }

/** Reads all values, in about 0.15 ms. */
function readProcess(loop: EventLoopWindow): ProcessReading {
  const usage = process.resourceUsage()
  return {
    ...loop.read(),
    ...readLinuxProcess(),
    heapSpaces: heapSpaces(),
    resources: countResources(),
    cpuTime: { user: usage.userCPUTime / 1e6, system: usage.systemCPUTime / 1e6 },
    memory: process.memoryUsage.rss(),
    fileDescriptors: openFileDescriptors(),
    contextSwitches: {
      voluntary: usage.voluntaryContextSwitches,
      involuntary: usage.involuntaryContextSwitches,
    },
    pagingFaults: { major: usage.majorPageFault, minor: usage.minorPageFault },
    uptime: process.uptime(),
  }
}

/** Loads `node:v8` at the first collection, not at the start: it takes 1.5 ms. */
function heapSpaces(): HeapSpace[] {
  return process
    .getBuiltinModule('node:v8')
    .getHeapSpaceStatistics()
    .map((space) => ({
      name: space.space_name,
      used: space.space_used_size,
      size: space.space_size,
      available: space.space_available_size,
      physical: space.physical_space_size,
    }))
}

function countResources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const type of process.getActiveResourcesInfo()) counts[type] = (counts[type] ?? 0) + 1
  return counts
}
