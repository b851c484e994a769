/**
 * Cost of one event of an LLM stream: counting it, recording its gap and bytes, and detecting the end of the stream.
 * The first row is the cost of an empty loop. The rows of long events are the cost of one chunk of 16 kB. CPU nanoseconds per event: 20th percentile and median over the rounds.
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

/** Chunks of one long event; each but the last ends inside it. */
const longEvent = `event: response.completed\ndata: {"output_text":"${'token '.repeat(1_000_000)}"}\n\n`
const longEventChunks = chunksOf(longEvent)
/** Chunks of many events; almost all end inside one. */
const responsesChunks = chunksOf(responses.repeat(40_000))

function chunksOf(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, i) =>
    bytes.subarray(i * 16_384, (i + 1) * 16_384),
  )
}

const unknown = `data: ${JSON.stringify({ text: ' token token token token token', n: 17 })}\n\n`

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

/** Each runs once a round and returns how many events, or chunks, it has sent. */
const CASES: Readonly<Record<string, () => number>> = {
  'empty loop': () => {
    let sum = 0
    for (let i = 0; i < EVENTS; i++) sum += chat.length
    return sum > 0 ? EVENTS : 0
  },
  'chat, string': () => send(chat),
  'chat, Buffer': () => send(Buffer.from(chat)),
  'responses, string': () => send(responses),
  'responses, Buffer': () => send(Buffer.from(responses)),
  'unknown format': () => send(unknown),
  'unknown format, named': () => send(`event: tick\n${unknown}`),
  'long event, 16 kB': () => sendAll(longEventChunks),
  'responses, 16 kB': () => sendAll(responsesChunks),
}

function send(chunk: string | Buffer): number {
  return withStream((stream) => {
    for (let i = 0; i < EVENTS; i++) recordChunk(stream, chunk, undefined)
    return EVENTS
  })
}

function sendAll(chunks: readonly Buffer[]): number {
  return withStream((stream) => {
    for (const chunk of chunks) recordChunk(stream, chunk, undefined)
    return chunks.length
  })
}

function withStream(run: (stream: Stream) => number): number {
  const observation = openStream()
  const { stream } = observation
  if (stream === undefined) throw new Error('no stream')
  const sent = run(stream)
  observation.end('finished', 200, 200)
  return sent
}

type Stream = NonNullable<RequestObservation['stream']>

const costs = new Map(Object.keys(CASES).map((name) => [name, [] as number[]]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(CASES)) {
    const before = process.cpuUsage()
    const sent = run()
    const { user, system } = process.cpuUsage(before)
    costs.get(name)?.push(((user + system) * 1000) / sent)
  }
}
console.log(`${'CPU ns per event'.padEnd(22)} ${'p20'.padStart(8)} ${'median'.padStart(8)}`)
for (const [name, all] of costs) {
  const [p20 = '', p50 = ''] = [0.2, 0.5].map((share) => quantile(sorted(all), share).toFixed(0).padStart(8))
  console.log(`${name.padEnd(22)} ${p20} ${p50}`)
}
