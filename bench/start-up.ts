/**
 * Cost of a process that does nothing but listen, with different instrumentation, compared with an uninstrumented process.
 * `@vr/otel` is measured as it is published: it is packed, and installed with the other libraries in a folder of its own.
 *
 *   npm run bench -- start-up [rounds, default 20] [heavy]
 *
 * Columns: wall time from the start of the process until it listens, and its CPU time, both as the median of the differences
 * to the uninstrumented process of the same round; scripts and builtin modules that it loads more; resident memory that it
 * has more after 3 s; CPU time per second while it is idle; CPU time that the start and the end of an empty worker thread take
 * more. `heavy` also installs and measures auto-instrumentations and dd-trace.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from '../test/packed/pack.ts'
import { createProject, onlyOtel } from '../test/packed/project.ts'
import { median, shuffled } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 20) || 20
const IS_HEAVY = process.argv.includes('heavy')
const IDLE_SECONDS = 15
const IDLE_ROUNDS = 3
const THREADS = 5
const THREAD_ROUNDS = 3

interface Variant {
  readonly name: string
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const FLAG = ['--import', '@vr/otel/register']
const SDK = ['--import', './otel-node-sdk.mts']
const SILENT = { VR_OTEL_LOG_LEVEL: 'error', OTEL_LOG_LEVEL: 'ERROR' }
const ONE_PER_CENT = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' }

const VARIANTS: readonly Variant[] = [
  { name: 'uninstrumented', execArgv: [], env: {} },
  { name: '@vr/otel metrics', execArgv: FLAG, env: SILENT },
  {
    name: '@vr/otel traces 1 %',
    execArgv: FLAG,
    env: { ...SILENT, VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '0.01' },
  },
  { name: 'prom-client', execArgv: [], env: { BENCH_PROM_CLIENT: 'true' } },
  { name: 'NodeSDK metrics', execArgv: SDK, env: { ...SILENT, OTEL_TRACES_EXPORTER: 'none' } },
  { name: 'NodeSDK traces 1 %', execArgv: SDK, env: { ...SILENT, ...ONE_PER_CENT } },
]

const HEAVY: readonly Variant[] = [
  {
    name: 'auto-instrumentations traces 1 %',
    execArgv: ['--import', '@opentelemetry/auto-instrumentations-node/register'],
    env: { ...SILENT, ...ONE_PER_CENT, OTEL_METRICS_EXPORTER: 'none', OTEL_NODE_RESOURCE_DETECTORS: 'none' },
  },
  {
    name: 'dd-trace traces 1 %',
    execArgv: ['--import', 'dd-trace/initialize.mjs'],
    env: { DD_TRACE_SAMPLE_RATE: '0.01', DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false' },
  },
]

const { dependencies: peers } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'),
) as { dependencies: Record<string, string> }
const PEERS = [
  'prom-client',
  '@opentelemetry/sdk-node',
  '@opentelemetry/exporter-prometheus',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-undici',
]
const HEAVY_PEERS = { '@opentelemetry/auto-instrumentations-node': '0.82.0', 'dd-trace': '6.21.0' }

const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'vr-otel-bench-'))
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))

/** Installs `@vr/otel` and the other libraries, and copies the program. */
async function install(): Promise<string> {
  const { dependencies, overrides } = onlyOtel(await pack(temporary))
  const { folder } = await createProject({
    folder: join(temporary, 'project'),
    apps: [],
    dependencies: {
      ...dependencies,
      ...Object.fromEntries(PEERS.map((name) => [name, peers[name] as string])),
      ...(IS_HEAVY ? HEAVY_PEERS : {}),
    },
    overrides,
  })
  cpSync(join(import.meta.dirname, 'apps'), folder, { recursive: true })
  copyFileSync(join(import.meta.dirname, 'otel-node-sdk.ts'), join(folder, 'otel-node-sdk.mts'))
  return folder
}

const folder = await install()

/** Runs the program, and returns what it reports and the wall time until it does. */
async function run<Report>(
  { execArgv, env }: Variant,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Report & { readonly wall: number }> {
  const since = performance.now()
  const child = spawn(process.execPath, [...execArgv, 'start-up.mjs', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  let wall = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    wall ||= performance.now() - since
    output += text
  })
  await once(child, 'close')
  return { ...(JSON.parse(output) as Report), wall }
}

/** Returns the number of scripts from files that the program compiles. */
async function countScripts(variant: Variant, at: number): Promise<number> {
  const coverage = join(temporary, `coverage-${at}`)
  await run(variant, ['start'], { NODE_V8_COVERAGE: coverage })
  const urls = readdirSync(coverage).flatMap((file) =>
    (
      JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: readonly { url: string }[] }
    ).result.map(({ url }) => url),
  )
  return new Set(urls.filter((url) => url.startsWith('file:'))).size
}

/** Measures all variants in each round, in random order. Returns the values of each variant by round. */
async function measure<Report>(
  rounds: number,
  variants: readonly Variant[],
  args: readonly string[],
): Promise<Report[][]> {
  const values = variants.map((): Report[] => [])
  for (let round = 0; round < rounds; round++)
    for (const turn of shuffled(variants.length))
      values[turn]?.push(await run<Report>(variants[turn] as Variant, args))
  return values
}

/** Returns the median of the differences between a variant and the uninstrumented process of the same round. */
function added<Report>(values: readonly Report[][], at: number, read: (report: Report) => number): string {
  const bare = values[0] as Report[]
  const own = values[at] as Report[]
  const differences = own.map((report, round) => read(report) - read(bare[round] as Report))
  const value = median(at === 0 ? own.map(read) : differences)
  return `${at > 0 && value >= 0 ? '+' : ''}${value.toFixed(1)}`
}

interface Started {
  readonly wall: number
  readonly cpu: number
  readonly builtins: number
}
interface Idle {
  readonly rss: number
  readonly idle: number
}
interface Threads {
  readonly threadCpu: number
}

const variants = IS_HEAVY ? [...VARIANTS, ...HEAVY] : VARIANTS
await measure(1, variants, ['start']) // reads the files of all variants once
const started = await measure<Started>(ROUNDS, variants, ['start'])
const idle = await measure<Idle>(IDLE_ROUNDS, variants, ['idle', String(IDLE_SECONDS)])
const threads = await measure<Threads>(THREAD_ROUNDS, variants, ['threads', String(THREADS)])
const scripts: number[] = []
for (const [at, variant] of variants.entries()) scripts.push(await countScripts(variant, at))

const COLUMNS = ['wall ms', 'CPU ms', 'scripts', 'builtins', 'RSS MB', 'idle ms/s', 'thread ms']
const row = (name: string, cells: readonly string[]): void =>
  console.log(`${name.padEnd(34)}${cells.map((cell) => cell.padStart(11)).join('')}`)

console.log(`\nNode ${process.version}, ${ROUNDS} rounds; first line: values; others: what is added to it`)
row('variant', COLUMNS)
for (const [at, { name }] of variants.entries())
  row(name, [
    added(started, at, ({ wall }) => wall),
    added(started, at, ({ cpu }) => cpu),
    `${scripts[at]}`,
    added(started, at, ({ builtins }) => builtins),
    added(idle, at, ({ rss }) => rss),
    median((idle[at] as Idle[]).map((report) => report.idle)).toFixed(2),
    added(threads, at, ({ threadCpu }) => threadCpu),
  ])
