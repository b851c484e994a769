/**
 * Cost of one record, compared with sdk-metrics, prom-client and @prometheus-io/client. All libraries take turns in one
 * run. A context manager is registered, as in every process with tracing.
 *
 *   npm run bench -- record [rounds]
 *
 * Columns: CPU nanoseconds per record, loop included, as the median and 20th percentile over the rounds (other load on
 * the machine only adds time); bytes allocated per record, label object included; ratio of the median to
 * @vr/otel-metrics.
 */
import { execFileSync } from 'node:child_process'
import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { loadVariants, type Variant } from './record-variants.ts'
import { quantile, sorted } from './statistics.ts'

const FLAGS = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
const ROUNDS = Number(process.argv[2] ?? 41) || 41
const RECORDS = 50_000
const ALLOCATING_RECORDS = 20_000

type Loop = (records: number) => void

interface Case {
  readonly title: string
  /** Undefined if the library does not support the case. */
  readonly loop: (variant: Variant) => Loop | undefined
}

const routes = Array.from({ length: 16 }, (_, i) => `/v1/things/${i}`)
const newRoutes = Array.from({ length: RECORDS }, (_, i) => `/new/${i}`)
// Log-uniform, so that the CPU cannot predict the buckets.
const values = Float64Array.from({ length: 8_192 }, () => Math.exp(Math.random() * 9 - 5.5))

/**
 * Compiles a separate loop for each library and case. The call site of a shared loop would see all libraries, and the
 * benchmark would measure its dispatch.
 */
function loopOf(statement: string | undefined, { scope }: Variant): Loop | undefined {
  if (statement === undefined) return undefined
  const names = ['routes', 'newRoutes', 'values', ...Object.keys(scope)]
  const body = `return (records) => { for (let i = 0; i < records; i += 1) ${statement} }`
  return new Function(...names, body)(routes, newRoutes, values, ...Object.values(scope))
}

const VALUE = 'values[i & 8191]'
const FRESH = `{ method: 'GET', route: '/v1/responses', status: 200 }`
const ROTATING = `{ method: 'GET', route: routes[i & 15], status: 200 }`
const NEW = `{ method: 'GET', route: newRoutes[i], status: 200 }`

const addFresh = (variant: Variant) => loopOf(variant.add(FRESH), variant)
const recordFresh = (variant: Variant) => loopOf(variant.record(VALUE, FRESH), variant)

function inSpan(loop: Case['loop'], traceFlags: TraceFlags): Case['loop'] {
  const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags }
  const active = trace.setSpanContext(ROOT_CONTEXT, span)
  return (variant) => {
    const inner = variant.usesContext ? loop(variant) : undefined
    return inner && ((records) => context.with(active, () => inner(records)))
  }
}

const cases: readonly Case[] = [
  { title: 'counter, 3 fresh attributes', loop: addFresh },
  { title: 'counter, 3 fresh, 16 routes', loop: (variant) => loopOf(variant.add(ROTATING), variant) },
  { title: 'counter, bound', loop: (variant) => loopOf(variant.boundAdd, variant) },
  { title: 'histogram, 3 fresh attributes', loop: recordFresh },
  { title: 'histogram, bound', loop: (variant) => loopOf(variant.boundRecord?.(VALUE), variant) },
  { title: 'counter, 3 fresh, unsampled span', loop: inSpan(addFresh, TraceFlags.NONE) },
  { title: 'counter, 3 fresh, sampled span', loop: inSpan(addFresh, TraceFlags.SAMPLED) },
  { title: 'histogram, 3 fresh, sampled span', loop: inSpan(recordFresh, TraceFlags.SAMPLED) },
  {
    title: 'counter, new series beyond the limit',
    loop: (variant) => (variant.usesContext ? loopOf(variant.add(NEW), variant) : undefined),
  },
]

interface Measured {
  readonly loop: Loop
  readonly nanoseconds: number[]
}

function cpuNanoseconds(loop: Loop): number {
  const before = process.cpuUsage()
  loop(RECORDS)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1_000) / RECORDS
}

/** Returns the heap growth per record. Valid only in the process with FLAGS, where no garbage collection runs. */
function allocatedBytes(loop: Loop): number {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  loop(ALLOCATING_RECORDS)
  return Math.max(0, process.memoryUsage().heapUsed - before) / ALLOCATING_RECORDS
}

function measure({ loop }: Case, variants: readonly Variant[]): Map<Variant, Measured> {
  const measured = new Map<Variant, Measured>()
  for (const variant of variants) {
    const own = loop(variant)
    if (own !== undefined) measured.set(variant, { loop: own, nanoseconds: [] })
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { loop: own, nanoseconds } of measured.values()) nanoseconds.push(cpuNanoseconds(own))
  }
  return measured
}

/** Bytes per record by case and library. Measured in a child process, since a large young generation slows records. */
type Allocations = Readonly<Record<string, Readonly<Record<string, number>>>>

function allocationsOf(variants: readonly Variant[]): Allocations {
  const allocations: Record<string, Record<string, number>> = {}
  for (const { title, loop } of cases) {
    const ofCase: Record<string, number> = {}
    allocations[title] = ofCase
    for (const variant of variants) {
      const own = loop(variant)
      if (own === undefined) continue
      for (let i = 0; i < 10; i += 1) own(RECORDS)
      // The minimum of several runs, since V8's background compilation allocates too.
      ofCase[variant.name] = Math.min(...Array.from({ length: 5 }, () => allocatedBytes(own)))
    }
  }
  return allocations
}

function printCase(title: string, measured: ReadonlyMap<Variant, Measured>, bytes: Allocations): void {
  const rows = [...measured].map(([{ name }, { nanoseconds }]) => {
    const ascending = sorted(nanoseconds)
    return {
      name,
      median: quantile(ascending, 0.5),
      p20: quantile(ascending, 0.2),
      bytes: bytes[title]?.[name] ?? 0,
    }
  })
  const own = rows[0]?.median ?? Number.NaN
  printRow(title, ['CPU ns', 'p20', 'bytes', 'ratio'])
  for (const row of rows) {
    const cells = [
      row.median.toFixed(1),
      row.p20.toFixed(1),
      row.bytes.toFixed(0),
      (row.median / own).toFixed(1),
    ]
    printRow(`  ${row.name}`, cells)
  }
}

function printRow(name: string, cells: readonly string[]): void {
  console.log(`${name.padEnd(38)} ${cells.map((cell) => cell.padStart(8)).join(' ')}`)
}

function childAllocations(): Allocations {
  const output = execFileSync(process.execPath, [...FLAGS, import.meta.filename, 'allocations'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return JSON.parse(output)
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const variants = await loadVariants()
if (process.argv[2] === 'allocations') {
  console.log(JSON.stringify(allocationsOf(variants)))
} else {
  const bytes = childAllocations()
  for (const one of cases) printCase(one.title, measure(one, variants), bytes)
}
