/**
 * The present tree against another revision of it: CPU time for one unit of work, paired and interleaved in one run.
 *
 *   npm run bench -- compare REV [rounds] [workloads, such as 'http,gateway 1 %']
 *
 * The revision is built in a temporary folder. The benchmarks are those of the present tree; of a build only its public
 * entry points are used. Each workload runs in a process for each build, and in a third one of the revision again; in
 * each round all three do a slice of the same work, in random order. "ratio" is the median of the rounds' ratios, present
 * to revision, and their quartiles; "A/A" is that of the revision to itself: what lies within it is noise.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Slice } from './compare-work.ts'
import {
  answerOf,
  EVENTS_OF_A_STREAM,
  LoadedServer,
  type Measurement,
  ourMetrics,
  ourTraces,
  startCollector,
} from './loaded-server.ts'
import { type BuiltRevision, buildRevision, TREE } from './revision.ts'
import { quantile, ratioText, shuffled, sorted } from './statistics.ts'

const [revision = 'HEAD', roundsText, workloadsText] = process.argv.slice(2)
const ROUNDS = Number(roundsText ?? 9) || 9
const CHOSEN = workloadsText?.split(',')
const SLICE_MS = 500
const WARM_MS = 2000

/** One build at work on one workload. */
interface Worker {
  /** CPU microseconds for a unit of work, over a slice of so many milliseconds. */
  cost(milliseconds: number): Promise<number>
  stop(): void
}

interface Workload {
  readonly name: string
  readonly unit: string
  readonly start: (tree: string) => Promise<Worker>
}

const collector = await startCollector()

function served(name: string, sort: string, measurement: Measurement): Workload {
  const units = sort === 'sse' ? EVENTS_OF_A_STREAM : 1
  return {
    name,
    unit: sort === 'sse' ? 'event' : 'request',
    start: async (tree) => {
      const server = await LoadedServer.start({ sort, peer: name, measurement, tree, collector })
      return {
        cost: async (milliseconds) => (await server.costOfRequest(milliseconds)) / units,
        stop: () => server.stop(),
      }
    },
  }
}

function inProcess(name: string, unit: string): Workload {
  return {
    name,
    unit,
    start: async (tree) => {
      const child = fork(join(tree, 'bench/compare-work.ts'), [name], { cwd: tree })
      await answerOf(child)
      return { cost: (milliseconds) => costOfUnit(child, milliseconds), stop: () => child.disconnect() }
    },
  }
}

async function costOfUnit(child: ChildProcess, milliseconds: number): Promise<number> {
  child.send(milliseconds)
  const { cpuMicros, units } = await answerOf<Slice>(child)
  return cpuMicros / units
}

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  metrics: ourMetrics,
  '1 %': ourTraces('0.01', collector),
  '100 %': ourTraces('1', collector),
}

const WORKLOADS: readonly Workload[] = [
  ...['http', 'gateway', 'sse'].flatMap((sort) =>
    Object.entries(MEASUREMENTS).map(([name, measurement]) => served(`${sort} ${name}`, sort, measurement)),
  ),
  inProcess('record', 'record'),
  inProcess('scrape', 'scrape'),
].filter(({ name }) => CHOSEN === undefined || CHOSEN.some((part) => name.includes(part)))

/** The costs of each tree by round. */
async function costsOf({ start }: Workload, trees: readonly string[]): Promise<number[][]> {
  const workers: Worker[] = []
  try {
    for (const tree of trees) workers.push(await start(tree))
    for (const worker of workers) await worker.cost(WARM_MS)
    const costs = workers.map((): number[] => [])
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const turn of shuffled(workers.length)) {
        costs[turn]?.push(await (workers[turn] as Worker).cost(SLICE_MS))
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
    console.error(`compare: ${revision} cannot be built: ${(error as Error).message}`)
    process.exit(1)
  }
}

/** Ratios of two costs, round by round. */
function ratios(costs: readonly number[], base: readonly number[]): number[] {
  return costs.map((cost, round) => cost / (base[round] as number))
}

async function compare(workload: Workload, base: string): Promise<void> {
  const name = `${workload.name} (µs/${workload.unit})`.padEnd(30)
  try {
    const [present = [], before = [], again = []] = await costsOf(workload, [TREE, base, base])
    const medians = [before, present].map((costs) => quantile(sorted(costs), 0.5).toFixed(2).padStart(10))
    const cells = [ratios(present, before), ratios(again, before)].map((all) => ratioText(all).padEnd(18))
    console.log(`${name} ${medians.join(' ')}   ${cells.join('  ')}`)
  } catch (error) {
    console.log(`${name} left out, it does not run in both: ${error}`)
  }
}

const built = build()
process.once('exit', built.remove)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
console.log(`the present tree against ${built.title}; ${ROUNDS} rounds\n`)
console.log(
  `${''.padEnd(30)} ${'revision'.padStart(10)} ${'present'.padStart(10)}   ${'ratio'.padEnd(18)}  A/A`,
)
for (const workload of WORKLOADS) await compare(workload, built.tree)
collector.close()
