/**
 * CPU time of a server per request (per event for streams), with different instrumentation, compared with an
 * uninstrumented server.
 *
 *   npm run bench -- requests [rounds] [server types, default http,fastify,express,gateway,sse] [variants, such as '1 %']
 *
 * Each variant is a server in its own process. In each round, all servers are measured once, in random order, under
 * load over keep-alive connections from this process. Columns: CPU microseconds as the median and 20th percentile over
 * the rounds (other load on the machine only adds time); ratio to the uninstrumented server in the same round, as
 * median and quartiles; bytes allocated per request, measured in a process without garbage collection.
 *
 * `npm install --no-save @opentelemetry/auto-instrumentations-node@0.82.0 dd-trace@6.21.0` adds two more libraries. The
 * first one instruments only requests and calls here: it needs a loader for frameworks that are imported as ES modules.
 */
import { fileURLToPath } from 'node:url'
import { bytesPerRequest } from './allocations.ts'
import {
  EVENTS_PER_STREAM,
  type Measurement,
  type ServerOptions,
  ServerUnderLoad,
  startCollector,
  vrOtelMetrics,
  vrOtelTraces,
} from './server-under-load.ts'
import { formatRatios, quantile, shuffled, sorted } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 15) || 15
const SERVER_TYPES = (process.argv[3] ?? 'http,fastify,express,gateway,sse').split(',')
/** Parts of variant names; undefined for all. */
const SELECTED = process.argv[4]?.split(',')
const ROUND_MS = 2000
/**
 * All servers restart after this number of rounds: the memory layout of a process changes its speed by some per cent.
 */
const ROUNDS_PER_PROCESS = 10
/** Long enough to compile code that runs for 1 % of the requests only. */
const WARM_UP_MS = 15_000
const TREE = fileURLToPath(new URL('..', import.meta.url))

const collector = await startCollector()

const ESM_BINDINGS = ['--import', fileURLToPath(new URL('sync-esm-bindings.ts', import.meta.url))]
const SDK = ['--import', fileURLToPath(new URL('otel-node-sdk.ts', import.meta.url)), ...ESM_BINDINGS]
const sdkTraces = (ratio: string) => ({
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: ratio,
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
})

const UNINSTRUMENTED = 'uninstrumented'

interface Variant extends Measurement {
  readonly name: string
}

const VARIANTS: readonly Variant[] = [
  { name: UNINSTRUMENTED, execArgv: [], env: {} },
  { name: '@vr/otel metrics', ...vrOtelMetrics },
  { name: '@vr/otel traces 1 %', ...vrOtelTraces('0.01', collector) },
  { name: '@vr/otel traces 100 %', ...vrOtelTraces('1', collector) },
  { name: 'prom-client', execArgv: [], env: {} },
  { name: 'NodeSDK metrics', execArgv: SDK, env: { OTEL_TRACES_EXPORTER: 'none' } },
  { name: 'NodeSDK traces 1 %', execArgv: SDK, env: sdkTraces('0.01') },
  { name: 'NodeSDK traces 100 %', execArgv: SDK, env: sdkTraces('1') },
]

/** Variants that are measured only if their packages are installed. They are large, and one has native code. */
const OPTIONAL: readonly (Variant & { readonly module: string })[] = ['0.01', '1'].flatMap((ratio) => [
  {
    name: `auto-instrumentations traces ${percent(ratio)}`,
    module: '@opentelemetry/auto-instrumentations-node/register',
    execArgv: ['--import', '@opentelemetry/auto-instrumentations-node/register', ...ESM_BINDINGS],
    env: {
      ...sdkTraces(ratio),
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
    },
  },
  {
    name: `dd-trace traces ${percent(ratio)}`,
    module: 'dd-trace/initialize.mjs',
    execArgv: ['--import', 'dd-trace/initialize.mjs'],
    env: {
      DD_TRACE_AGENT_URL: collector.url,
      DD_TRACE_SAMPLE_RATE: ratio,
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    },
  },
])

function percent(ratio: string): string {
  return `${Number(ratio) * 100} %`
}

function isInstalled(module: string): boolean {
  try {
    import.meta.resolve(module)
    return true
  } catch {
    console.log(`skipped, not installed: ${module}`)
    return false
  }
}

function optionsOf(serverType: string, variant: Variant): ServerOptions {
  return { serverType, variant: variant.name, measurement: variant, tree: TREE, collector }
}

const isSelected = ({ name }: Variant): boolean =>
  name === UNINSTRUMENTED || SELECTED === undefined || SELECTED.some((part) => name.includes(part))

const ALL_VARIANTS: readonly Variant[] = [
  ...VARIANTS,
  ...OPTIONAL.filter(({ module }) => isInstalled(module)),
].filter(isSelected)

/** Returns the CPU microseconds per request of each variant, by round. */
async function measureAll(serverType: string, variants: readonly Variant[]): Promise<number[][]> {
  const costs = variants.map((): number[] => [])
  for (let done = 0; done < ROUNDS; done += ROUNDS_PER_PROCESS) {
    const servers: ServerUnderLoad[] = []
    for (const variant of variants) servers.push(await ServerUnderLoad.start(optionsOf(serverType, variant)))
    for (const server of servers) await server.load(WARM_UP_MS)
    for (let round = done; round < Math.min(done + ROUNDS_PER_PROCESS, ROUNDS); round++) {
      for (const turn of shuffled(servers.length)) {
        costs[turn]?.push(await (servers[turn] as ServerUnderLoad).cpuMicrosPerRequest(ROUND_MS))
      }
    }
    for (const server of servers) server.stop()
  }
  return costs
}

async function measure(serverType: string): Promise<void> {
  const supportsPromClient = serverType !== 'sse' && serverType !== 'gateway'
  const variants = ALL_VARIANTS.filter(({ name }) => supportsPromClient || name !== 'prom-client')
  const unitsPerRequest = serverType === 'sse' ? EVENTS_PER_STREAM : 1
  const costs = (await measureAll(serverType, variants)).map((ofOne) =>
    ofOne.map((cost) => cost / unitsPerRequest),
  )
  const unit = serverType === 'sse' ? 'event' : 'request'
  console.log(
    `\n${serverType} server: CPU µs per ${unit} (${ROUNDS} rounds), bytes allocated per HTTP request`,
  )
  printRow('variant', ['median', 'p20'], 'ratio to uninstrumented', 'bytes')
  for (const [n, variant] of variants.entries()) {
    const own = costs[n] as number[]
    const ratio = formatRatios(own.map((cost, round) => cost / (costs[0]?.[round] as number)))
    const cells = [0.5, 0.2].map((share) => quantile(sorted(own), share).toFixed(2))
    printRow(
      variant.name,
      cells,
      ratio,
      `${Math.round(await bytesPerRequest(optionsOf(serverType, variant)))}`,
    )
  }
}

function printRow(name: string, cells: readonly string[], ratio: string, bytes: string): void {
  const numbers = cells.map((cell) => cell.padStart(8)).join(' ')
  console.log(`${name.padEnd(34)} ${numbers}   ${ratio.padEnd(24)} ${bytes.padStart(8)}`)
}

for (const serverType of SERVER_TYPES) await measure(serverType)
collector.close()
