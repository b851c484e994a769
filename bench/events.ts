/**
 * Cost of one event of a stream in process: counted, its gap and its bytes recorded, its end looked for; against an
 * empty loop. CPU nanoseconds, the lower fifth and the median over the rounds.
 *
 *   npm run bench -- events [rounds]
 */
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { PrometheusReader } from '@vr/otel-exporters'
import { GatewayInstruments, RequestObservation } from '@vr/otel-instruments'
import { recordChunk } from '@vr/otel-instruments/internal'
import { MeterProvider } from '@vr/otel-metrics'

const ROUNDS = Number(process.argv[2] ?? 41) || 41
const EVENTS = 100_000

const chat = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: ' token' }, finish_reason: null }] })}\n\n`
const responses = `event: response.output_text.delta\ndata: ${JSON.stringify({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: ' token', sequence_number: 12 })}\n\n`

const reader = new PrometheusReader()
const instruments = new GatewayInstruments({ meterProvider: new MeterProvider({ readers: [reader] }) })

function openStream(): RequestObservation {
  const observation = new RequestObservation(instruments, {
    method: 'POST',
    scheme: 'http',
    protocolVersion: '1.1',
  })
  observation.setContext(ROOT_CONTEXT)
  observation.setRoute('/v1/responses')
  observation.headersSent({ status: 200, isEventStream: true, isIdentity: true })
  return observation
}

const CASES: Readonly<Record<string, () => number>> = {
  'empty loop': () => {
    let sum = 0
    for (let i = 0; i < EVENTS; i++) sum += chat.length
    return sum
  },
  'chat, text': () => send(chat),
  'chat, bytes': () => send(Buffer.from(chat)),
  'responses, text': () => send(responses),
  'responses, bytes': () => send(Buffer.from(responses)),
}

function send(chunk: string | Buffer): number {
  const observation = openStream()
  const { stream } = observation
  if (stream === undefined) throw new Error('no stream')
  for (let i = 0; i < EVENTS; i++) recordChunk(stream, chunk, undefined)
  observation.end('finished', 200, 200)
  return EVENTS
}

const costs = new Map(Object.keys(CASES).map((name) => [name, [] as number[]]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(CASES)) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    costs.get(name)?.push(((user + system) * 1000) / EVENTS)
  }
}
for (const [name, all] of costs) {
  const sorted = [...all].sort((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] as number).toFixed(0)
  console.log(`${name.padEnd(18)} quiet ${at(0.2).padStart(5)} ns  median ${at(0.5).padStart(5)} ns`)
}
