/**
 * Cost of one request (of one event, for streams) in CPU time of the server, all variants interleaved in one run, as
 * ratios to the bare server in the same round.
 *
 *   npm run bench -- requests [rounds] [sorts, such as http,fastify,express,gateway,sse] [variants, such as '1 %']
 *
 * `npm install --no-save @opentelemetry/auto-instrumentations-node@0.82.0 dd-trace@6.21.0` adds two more peers (the first
 * one sees requests and calls only: frameworks are imported here, which it does not see without a loader).
 * Each variant is a server in a process of its own, loaded in turn for a slice at a time over kept-alive connections from
 * this process, warm and with Node's own heap; for the bytes, it is one with a heap that is not collected meanwhile.
 * "quiet" is the lower fifth of the slices, since neighbours on the machine only ever add.
 */
import { fileURLToPath } from 'node:url'
import {
  EVENTS_OF_A_STREAM,
  LoadedServer,
  type Measurement,
  ourMetrics,
  ourTraces,
  startCollector,
} from './loaded-server.ts'
import { quantile, ratioText, shuffled, sorted } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 15) || 15
const SORTS = (process.argv[3] ?? 'http,fastify,express,gateway,sse').split(',')
/** Parts of names: fewer variants leave time for more processes. */
const CHOSEN = process.argv[4]?.split(',')
const SLICE_MS = 2000
/** Rounds after which every server is started anew: how a process happens to lie in memory is worth some per cent. */
const ROUNDS_OF_A_PROCESS = 10
/** Long enough that what runs for one request of a hundred is compiled too. */
const WARM_MS = 15_000
/** Short enough that the young generation, as large as it is made, is not collected. */
const ALLOCATION_MS = 200
const HEAP = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']
const TREE = fileURLToPath(new URL('..', import.meta.url))

const collector = await startCollector()

const ESM_BINDINGS = ['--import', fileURLToPath(new URL('esm-bindings.ts', import.meta.url))]
const SDK = ['--import', fileURLToPath(new URL('otel-node-sdk.ts', import.meta.url)), ...ESM_BINDINGS]
const sdkTraces = (ratio: string) => ({
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: ratio,
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
})

interface Variant extends Measurement {
  readonly name: string
}

const VARIANTS: readonly Variant[] = [
  { name: 'bare', execArgv: [], env: {} },
  { name: '@vr/otel metrics', ...ourMetrics },
  { name: '@vr/otel traces 1 %', ...ourTraces('0.01', collector) },
  { name: '@vr/otel traces 100 %', ...ourTraces('1', collector) },
  { name: 'prom-client', execArgv: [], env: {} },
  { name: 'NodeSDK metrics', execArgv: SDK, env: { OTEL_TRACES_EXPORTER: 'none' } },
  { name: 'NodeSDK traces 1 %', execArgv: SDK, env: sdkTraces('0.01') },
  { name: 'NodeSDK traces 100 %', execArgv: SDK, env: sdkTraces('1') },
]

/** Peers that are measured if they are there: they are large, and one of them is native. */
const OPTIONAL: readonly (Variant & { readonly module: string })[] = ['0.01', '1'].flatMap((ratio) => [
  {
    name: `auto-instr. ${percent(ratio)}`,
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
    name: `dd-trace ${percent(ratio)}`,
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
    console.log(`left out, not installed: ${module}`)
    return false
  }
}

function start(sort: string, variant: Variant, flags: readonly string[] = []): Promise<LoadedServer> {
  return LoadedServer.start({
    sort,
    peer: variant.name,
    measurement: variant,
    tree: TREE,
    collector,
    flags,
  })
}

/** Bytes allocated a request: what the heap grows by while nothing is collected. */
async function allocated(sort: string, variant: Variant): Promise<number> {
  const server = await start(sort, variant, HEAP)
  await server.load(SLICE_MS)
  const { heapUsed: before } = await server.usage('collect')
  const answered = await server.load(ALLOCATION_MS)
  const { heapUsed: after } = await server.usage('now')
  server.stop()
  return (after - before) / answered
}

const isChosen = ({ name }: Variant): boolean =>
  name === 'bare' || CHOSEN === undefined || CHOSEN.some((part) => name.includes(part))

const PEERS: readonly Variant[] = [
  ...VARIANTS,
  ...OPTIONAL.filter(({ module }) => isInstalled(module)),
].filter(isChosen)

/** The costs of each variant by round, in the order of the variants. */
async function costsOf(sort: string, variants: readonly Variant[]): Promise<number[][]> {
  const costs = variants.map((): number[] => [])
  for (let done = 0; done < ROUNDS; done += ROUNDS_OF_A_PROCESS) {
    const servers: LoadedServer[] = []
    for (const variant of variants) servers.push(await start(sort, variant))
    for (const server of servers) await server.load(WARM_MS)
    for (let round = done; round < Math.min(done + ROUNDS_OF_A_PROCESS, ROUNDS); round++) {
      for (const turn of shuffled(servers.length)) {
        costs[turn]?.push(await (servers[turn] as LoadedServer).costOfRequest(SLICE_MS))
      }
    }
    for (const server of servers) server.stop()
  }
  return costs
}

async function measure(sort: string): Promise<void> {
  const isAlike = sort === 'sse' || sort === 'gateway' // prom-client measures no more there
  const variants = PEERS.filter(({ name }) => !isAlike || name !== 'prom-client')
  const perRequest = sort === 'sse' ? EVENTS_OF_A_STREAM : 1
  const costs = (await costsOf(sort, variants)).map((ofOne) => ofOne.map((cost) => cost / perRequest))
  const unit = sort === 'sse' ? 'event' : 'request'
  console.log(`\n${sort}: CPU µs per ${unit}, ${ROUNDS} rounds; bytes allocated per HTTP request`)
  for (const [n, variant] of variants.entries()) {
    const own = costs[n] as number[]
    const ratio = ratioText(own.map((cost, round) => cost / (costs[0]?.[round] as number)))
    const [quiet, median] = [quantile(sorted(own), 0.2), quantile(sorted(own), 0.5)]
    const bytes = Math.round(await allocated(sort, variant))
    console.log(
      `${variant.name.padEnd(22)} quiet ${quiet.toFixed(2).padStart(7)}  median ${median.toFixed(2).padStart(7)}  × bare ${ratio}  ${bytes} bytes`,
    )
  }
}

for (const sort of SORTS) await measure(sort)
collector.close()
