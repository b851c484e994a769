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
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import http, { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

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
const CONNECTIONS = 16
const EVENTS_OF_A_STREAM = 201

/** Takes spans and throws them away; is the engine of the gateways too. */
const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')))
collector.listen(0, '127.0.0.1')
await once(collector, 'listening')
const collectorUrl = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`

const OURS = ['--import', '@vr/otel/register']
const ESM_BINDINGS = ['--import', fileURLToPath(new URL('esm-bindings.ts', import.meta.url))]
const SDK = ['--import', fileURLToPath(new URL('otel-node-sdk.ts', import.meta.url)), ...ESM_BINDINGS]
const sdkTraces = (ratio: string) => ({
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: ratio,
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
})
const ourTraces = (ratio: string) => ({
  VR_OPENTELEMETRY_PROTOCOL: 'http/protobuf',
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
  VR_TRACING_ENABLED: 'true',
  VR_TRACING_SAMPLE_RATIO: ratio,
  VR_OTEL_GLOBALS: 'on',
})

interface Variant {
  readonly name: string
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const VARIANTS: readonly Variant[] = [
  { name: 'bare', execArgv: [], env: {} },
  { name: '@vr/otel metrics', execArgv: OURS, env: { VR_OTEL_GLOBALS: 'on' } },
  { name: '@vr/otel traces 1 %', execArgv: OURS, env: ourTraces('0.01') },
  { name: '@vr/otel traces 100 %', execArgv: OURS, env: ourTraces('1') },
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
      DD_TRACE_AGENT_URL: collectorUrl,
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

interface Running {
  readonly variant: Variant
  readonly child: ChildProcess
  readonly port: number
  readonly agent: http.Agent
}

async function start(sort: string, variant: Variant, flags: readonly string[] = []): Promise<Running> {
  const child = fork(fileURLToPath(new URL('requests-server.ts', import.meta.url)), [sort, variant.name], {
    execArgv: [...flags, ...variant.execArgv],
    env: {
      ...process.env,
      ENGINE_URL: collectorUrl,
      VR_OTEL_LOG_LEVEL: 'error',
      OTEL_LOG_LEVEL: 'ERROR',
      ...variant.env,
    },
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  return { variant, child, port, agent }
}

function stop({ agent, child }: Running): void {
  agent.destroy()
  child.disconnect()
}

interface Usage {
  readonly cpuMicros: number
  readonly heapUsed: number
}

async function usage(child: ChildProcess, question: 'now' | 'collect'): Promise<Usage> {
  child.send(question)
  const [answer] = (await once(child, 'message')) as [Usage]
  return answer
}

/** Loads a server for a slice and gives how many requests it answered. */
async function load({ port, agent }: Running, milliseconds = SLICE_MS): Promise<number> {
  const until = performance.now() + milliseconds
  let answered = 0
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      await new Promise<void>((resolve, reject) => {
        http
          .get({ port, host: '127.0.0.1', agent }, (response) => response.on('end', resolve).resume())
          .on('error', reject)
      })
      answered++
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  return answered
}

/** CPU microseconds a request. */
async function slice(running: Running): Promise<number> {
  const { cpuMicros: before } = await usage(running.child, 'now')
  const answered = await load(running)
  const { cpuMicros: after } = await usage(running.child, 'now')
  return (after - before) / answered
}

/** Bytes allocated a request: what the heap grows by while nothing is collected. */
async function allocated(sort: string, variant: Variant): Promise<number> {
  const running = await start(sort, variant, HEAP)
  await load(running)
  const { heapUsed: before } = await usage(running.child, 'collect')
  const answered = await load(running, ALLOCATION_MS)
  const { heapUsed: after } = await usage(running.child, 'now')
  stop(running)
  return (after - before) / answered
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] as number
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

const isChosen = ({ name }: Variant): boolean =>
  name === 'bare' || CHOSEN === undefined || CHOSEN.some((part) => name.includes(part))

const PEERS: readonly Variant[] = [
  ...VARIANTS,
  ...OPTIONAL.filter(({ module }) => isInstalled(module)),
].filter(isChosen)

/** The numbers below `count` in a random order: each slice leaves its traces in what comes after it. */
function shuffled(count: number): number[] {
  return Array.from({ length: count }, (_, number) => ({ number, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ number }) => number)
}

/** The costs of each variant by round, in the order of the variants. */
async function costsOf(sort: string, variants: readonly Variant[]): Promise<number[][]> {
  const costs = variants.map((): number[] => [])
  for (let done = 0; done < ROUNDS; done += ROUNDS_OF_A_PROCESS) {
    const servers: Running[] = []
    for (const variant of variants) servers.push(await start(sort, variant))
    for (const server of servers) await load(server, WARM_MS)
    for (let round = done; round < Math.min(done + ROUNDS_OF_A_PROCESS, ROUNDS); round++) {
      for (const turn of shuffled(servers.length)) costs[turn]?.push(await slice(servers[turn] as Running))
    }
    for (const server of servers) stop(server)
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
    const ratios = sorted(own.map((cost, round) => cost / (costs[0]?.[round] as number)))
    const [quiet, median] = [at(sorted(own), 0.2), at(sorted(own), 0.5)]
    const ratio = `${at(ratios, 0.5).toFixed(2)} [${at(ratios, 0.25).toFixed(2)}–${at(ratios, 0.75).toFixed(2)}]`
    const bytes = Math.round(await allocated(sort, variant))
    console.log(
      `${variant.name.padEnd(22)} quiet ${quiet.toFixed(2).padStart(7)}  median ${median.toFixed(2).padStart(7)}  × bare ${ratio}  ${bytes} bytes`,
    )
  }
}

for (const sort of SORTS) await measure(sort)
collector.close()
