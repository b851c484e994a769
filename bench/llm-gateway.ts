/**
 * Cost of one SSE event through a gateway that forwards every stream of an engine, with the tokens and tool calls of 100 % of
 * the streams read on the engine's side, and the events on the client's side.
 *
 *   npm run bench -- llm-gateway [rounds]
 *
 * Each variant is a server in its own process. In each round, all forward streams for the same time, in random order. "cost" is
 * the difference of the CPU time to the server without `@vr/otel` in the same round, and "noise" the same difference of a second
 * server without it. The engine writes each event by itself, as an engine that generates tokens does; in the last workload it
 * writes 20 events of a long stream at once, so that the costs of a write and of a stream do not hide that of an event.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WORKING_TREE } from './revision.ts'
import {
  type Measurement,
  ServerUnderLoad,
  startCollector,
  vrOtelMetrics,
  vrOtelTraces,
} from './server-under-load.ts'
import { formatRatios, median, quantile, shuffled, sorted } from './statistics.ts'

const ROUNDS = Number(process.argv[2] ?? 15) || 15
const ROUND_MS = 1000
const WARM_UP_MS = 5000
const DELTAS = 200
const LONG_DELTAS = 4000

/** A stream and the request for it. */
interface Workload {
  readonly path: string
  readonly body: string
  readonly events: readonly string[]
  /** Number of events that the engine writes at once. */
  readonly eventsPerWrite: number
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const named = (type: string, members: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`

const call = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'get_weather',
  arguments: '{"city":"Oslo"}',
}
const response = {
  id: 'resp_1',
  object: 'response',
  model: 'm',
  status: 'in_progress',
  output: [],
  usage: null,
}
const usage = { input_tokens: 25, output_tokens: DELTAS, total_tokens: 25 + DELTAS }

const CHAT: Workload = {
  path: '/v1/chat/completions',
  eventsPerWrite: 1,
  body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Hello' }] }),
  events: [
    ...Array.from({ length: DELTAS }, () => chunk({ content: ' token' })),
    chunk({
      tool_calls: [
        { index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } },
      ],
    }),
    chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":"Oslo"}' } }] }),
    chunk({}, 'tool_calls'),
    `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm', choices: [], usage: { prompt_tokens: 25, completion_tokens: DELTAS } })}\n\n`,
    'data: [DONE]\n\n',
  ],
}

/** A stream with a number of deltas. */
const responses = (path: string, deltas: number, eventsPerWrite: number): Workload => ({
  path,
  eventsPerWrite,
  body: JSON.stringify({ model: 'm', stream: true, input: 'Hello' }),
  events: [
    named('response.created', { response }),
    ...Array.from({ length: deltas }, (_, at) =>
      named('response.output_text.delta', {
        item_id: 'msg_1',
        output_index: 0,
        delta: ' token',
        sequence_number: at,
      }),
    ),
    named('response.output_item.done', { output_index: 1, item: { ...call, status: 'completed' } }),
    named('response.completed', { response: { ...response, status: 'completed', output: [call], usage } }),
  ],
})

const WORKLOADS: Readonly<Record<string, Workload>> = {
  'chat completions': CHAT,
  responses: responses('/v1/responses', DELTAS, 1),
  'long responses, 20 events per write': responses('/v1/responses?long', LONG_DELTAS, 20),
}

const engine = createServer((request, answer) => {
  const workload = Object.values(WORKLOADS).find(({ path }) => path === request.url) as Workload
  const { events, eventsPerWrite } = workload
  request.resume().on('end', () => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    let sent = 0
    const send = (): void => {
      if (sent >= events.length) return void answer.end()
      answer.write(events.slice(sent, sent + eventsPerWrite).join(''))
      sent += eventsPerWrite
      setImmediate(send)
    }
    send()
  })
})
engine.listen(0, '127.0.0.1')
await once(engine, 'listening')
const engineUrl = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`

const collector = await startCollector()
const none: Measurement = { execArgv: [], env: {} }
const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  base: none,
  noise: none,
  'without engine calls': {
    ...vrOtelMetrics,
    env: { ...vrOtelMetrics.env, VR_METRICS_GROUPS: '-genai,-upstream,-tool' },
  },
  metrics: vrOtelMetrics,
  'traces 100 %': vrOtelTraces('1', collector),
}

async function compare(name: string, { path, body, events }: Workload): Promise<void> {
  const servers: ServerUnderLoad[] = []
  for (const [variant, measurement] of Object.entries(MEASUREMENTS)) {
    const options = { serverType: 'llm-gateway', variant, measurement, tree: WORKING_TREE }
    servers.push(
      await ServerUnderLoad.start({ ...options, collector: { url: engineUrl }, post: { path, body } }),
    )
  }
  for (const server of servers) await server.load(WARM_UP_MS)
  const costs = servers.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const turn of shuffled(servers.length)) {
      const micros = await (servers[turn] as ServerUnderLoad).cpuMicrosPerRequest(ROUND_MS)
      costs[turn]?.push((micros * 1000) / events.length)
    }
  }
  for (const server of servers) server.stop()
  console.log(`\n${name}: streams of ${events.length} events, CPU ns per event (${ROUNDS} rounds)\n`)
  console.log(`${'server'.padEnd(22)} ${'median'.padStart(8)}   ${'cost [quartiles]'.padEnd(24)} ratio`)
  for (const [at, variant] of Object.keys(MEASUREMENTS).entries())
    print(variant, costs[at] ?? [], costs[0] ?? [])
}

function print(variant: string, costs: readonly number[], base: readonly number[]): void {
  const differences = sorted(costs.map((cost, round) => cost - (base[round] as number)))
  const [lower, middle, upper] = [0.25, 0.5, 0.75].map((share) => quantile(differences, share).toFixed(0))
  const ratios = formatRatios(costs.map((cost, round) => cost / (base[round] as number)))
  const cost = `${middle} [${lower}–${upper}]`
  console.log(`${variant.padEnd(22)} ${median(costs).toFixed(0).padStart(8)}   ${cost.padEnd(24)} ${ratios}`)
}

for (const [name, workload] of Object.entries(WORKLOADS)) await compare(name, workload)
engine.closeAllConnections()
engine.close()
collector.close()
