/**
 * Cost of one event of an LLM stream: counting it, recording its gap and bytes, and detecting the end of the stream.
 * The first row is the cost of an empty loop. CPU nanoseconds per event: 20th percentile and median over the rounds.
 *
 *   npm run bench -- stream-events [rounds]
 */
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { PrometheusReader } from '@vr/otel-exporters'
import { GatewayInstruments, RequestObservation } from '@vr/otel-instruments'
import { recordChunk } from '@vr/otel-instruments/internal'
import { MeterProvider } from '@vr/otel-metrics'
import { quantile, sorted } from './statistics.ts'

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
  'chat, string': () => send(chat),
  'chat, Buffer': () => send(Buffer.from(chat)),
  'responses, string': () => send(responses),
  'responses, Buffer': () => send(Buffer.from(responses)),
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
console.log(`${'CPU ns per event'.padEnd(22)} ${'p20'.padStart(8)} ${'median'.padStart(8)}`)
for (const [name, all] of costs) {
  const [p20 = '', p50 = ''] = [0.2, 0.5].map((share) => quantile(sorted(all), share).toFixed(0).padStart(8))
  console.log(`${name.padEnd(22)} ${p20} ${p50}`)
}
