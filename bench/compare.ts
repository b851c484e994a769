/**
 * Compares the CPU time of the working tree with another revision.
 *
 *   npm run bench -- compare REVISION [rounds] [workloads, for example 'http,gateway 1 %']
 *
 * Builds the revision in a temporary folder. Both builds run the benchmarks of the working tree, which use only public
 * entry points. Each workload runs in three processes: the working tree, the revision, and the revision once more. In
 * each round, all three perform the same work for a short time, in random order.
 *
 * "ratio" is working tree / revision, as the median and quartiles over all rounds. "noise" is the same ratio for the
 * two processes of the revision: smaller differences are not significant.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { WorkDone } from './compare-worker.ts'
import { type BuiltRevision, buildRevision, WORKING_TREE } from './revision.ts'
import {
  EVENTS_PER_STREAM,
  type Measurement,
  nextMessage,
  ServerUnderLoad,
  startCollector,
  vrOtelMetrics,
  vrOtelTraces,
} from './server-under-load.ts'
import { formatRatios, median, shuffled } from './statistics.ts'

const [revision = 'HEAD', roundsText, workloadsText] = process.argv.slice(2)
const ROUNDS = Number(roundsText ?? 9) || 9
const SELECTED = workloadsText?.split(',')
const ROUND_MS = 500
const WARM_UP_MS = 2000

/** A process of one build that runs one workload. */
interface Worker {
  /** Runs the workload for some milliseconds. Returns the CPU microseconds per unit of work. */
  cpuMicrosPerUnit(milliseconds: number): Promise<number>
  stop(): void
}

interface Workload {
  readonly name: string
  readonly unit: string
  readonly start: (tree: string) => Promise<Worker>
}

const collector = await startCollector()

function serverWorkload(name: string, serverType: string, measurement: Measurement): Workload {
  const units = serverType === 'sse' ? EVENTS_PER_STREAM : 1
  return {
    name,
    unit: serverType === 'sse' ? 'event' : 'request',
    start: async (tree) => {
      const server = await ServerUnderLoad.start({
        serverType,
        variant: name,
        measurement,
        tree,
        collector,
      })
      return {
        cpuMicrosPerUnit: async (milliseconds) => (await server.cpuMicrosPerRequest(milliseconds)) / units,
        stop: () => server.stop(),
      }
    },
  }
}

function inProcessWorkload(name: string, unit: string): Workload {
  return {
    name,
    unit,
    start: async (tree) => {
      const child = fork(join(tree, 'bench/compare-worker.ts'), [name], { cwd: tree })
      await nextMessage(child)
      return {
        cpuMicrosPerUnit: (milliseconds) => measureChild(child, milliseconds),
        stop: () => child.disconnect(),
      }
    },
  }
}

async function measureChild(child: ChildProcess, milliseconds: number): Promise<number> {
  child.send(milliseconds)
  const { cpuMicros, units } = await nextMessage<WorkDone>(child)
  return cpuMicros / units
}

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  metrics: vrOtelMetrics,
  '1 %': vrOtelTraces('0.01', collector),
  '100 %': vrOtelTraces('1', collector),
}

const WORKLOADS: readonly Workload[] = [
  ...['http', 'gateway', 'sse'].flatMap((serverType) =>
    Object.entries(MEASUREMENTS).map(([name, measurement]) =>
      serverWorkload(`${serverType} ${name}`, serverType, measurement),
    ),
  ),
  inProcessWorkload('record', 'record'),
  inProcessWorkload('scrape', 'scrape'),
].filter(({ name }) => SELECTED === undefined || SELECTED.some((part) => name.includes(part)))

/** Returns the CPU microseconds per unit of each tree, by round. */
async function measureAll({ start }: Workload, trees: readonly string[]): Promise<number[][]> {
  const workers: Worker[] = []
  try {
    for (const tree of trees) workers.push(await start(tree))
    for (const worker of workers) await worker.cpuMicrosPerUnit(WARM_UP_MS)
    const costs = workers.map((): number[] => [])
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const turn of shuffled(workers.length)) {
        costs[turn]?.push(await (workers[turn] as Worker).cpuMicrosPerUnit(ROUND_MS))
      }
    }
    return costs
  } finally {
    for (const worker of workers) worker.stop()
  }
}

function build(): BuiltRevision {
  try {
    return buildRevision(revision)
  } catch (error) {
    console.error(`cannot build ${revision}: ${(error as Error).message}`)
    process.exit(1)
  }
}

/** Formats microseconds with three digits or, from 100, as an integer. */
function formatMicros(micros: number): string {
  return micros < 100 ? micros.toPrecision(3) : micros.toFixed(0)
}

/** Returns the ratio of each round. */
function ratios(costs: readonly number[], base: readonly number[]): number[] {
  return costs.map((cost, round) => cost / (base[round] as number))
}

async function compare(workload: Workload, revisionTree: string): Promise<void> {
  const name = `${workload.name}, µs per ${workload.unit}`.padEnd(34)
  try {
    const trees = [WORKING_TREE, revisionTree, revisionTree]
    const [present = [], before = [], again = []] = await measureAll(workload, trees)
    const medians = [before, present].map((costs) => formatMicros(median(costs)).padStart(12))
    const cells = [ratios(present, before), ratios(again, before)].map((all) => formatRatios(all).padEnd(18))
    console.log(`${name} ${medians.join(' ')}   ${cells.join('  ')}`)
  } catch (error) {
    console.log(`${name} skipped, does not run in both builds: ${error}`)
  }
}

const built = build()
process.once('exit', built.remove)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
console.log(`CPU time of the working tree compared with revision ${built.title}; ${ROUNDS} rounds\n`)
console.log(
  `${'workload'.padEnd(34)} ${'revision'.padStart(12)} ${'working tree'.padStart(12)}   ${'ratio'.padEnd(18)}  noise`,
)
for (const workload of WORKLOADS) await compare(workload, built.tree)
collector.close()
